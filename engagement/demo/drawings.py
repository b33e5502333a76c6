"""The sample store's product pictures as SVG fragments on a 240 × 240 ground; colours are names from `PAINT`."""

# ruff: noqa: E501 (a path is one word; breaking it up would not make it clearer)

PAINT = {
    "ink": "#2b241d",
    "soot": "#4b443c",
    "smoke": "#8d8377",
    "brass": "#c9973f",
    "gold": "#e3b962",
    "glow": "#f9e3a8",
    "rust": "#b4532a",
    "clay": "#cf7a4e",
    "rose": "#dba58c",
    "pine": "#2f5d50",
    "moss": "#6f8f63",
    "sage": "#a9bf9c",
    "sea": "#3f6f86",
    "tide": "#7fa9b8",
    "mist": "#c9dde0",
    "linen": "#e9dcc6",
    "cream": "#f8f0e1",
    "oak": "#b98a5a",
    "bark": "#8a6240",
    "white": "#fffaf2",
    "sand": "#f1e7d8",
    "fog": "#e3e9e6",
    "dawn": "#f6e2d6",
    "meadow": "#e2eadb",
}

# name -> (ground, shapes)
DRAWINGS = {
    "lantern": (
        "sand",
        '<path d="M92 70h56l10 18H82z" fill="{brass}"/><path d="M88 88h64v88H88z" fill="{glow}"/>'
        '<path d="M88 88h8v88h-8zm56 0h8v88h-8zm-28 0h8v88h-8z" fill="{brass}"/>'
        '<path d="M120 112c12 16 14 22 14 30a14 14 0 0 1-28 0c0-8 2-14 14-30z" fill="{rust}"/>'
        '<path d="M120 128c6 8 7 12 7 16a7 7 0 0 1-14 0c0-4 1-8 7-16z" fill="{gold}"/>'
        '<path d="M80 176h80v14H80z" fill="{brass}"/><path d="M96 70c0-34 48-34 48 0" fill="none" stroke="{bark}" stroke-width="7"/>',
    ),
    "candle": (
        "meadow",
        '<path d="M76 104h88v84a10 10 0 0 1-10 10H86a10 10 0 0 1-10-10z" fill="{pine}"/>'
        '<ellipse cx="120" cy="104" rx="44" ry="13" fill="{sage}"/><path d="M120 104V84" stroke="{ink}" stroke-width="4"/>'
        '<path d="M120 46c13 17 15 23 15 29a15 15 0 0 1-30 0c0-6 2-12 15-29z" fill="{gold}"/>'
        '<path d="M92 132h56v38H92z" fill="{cream}"/><path d="M120 138l10 12h-6l9 12h-26l9-12h-6z" fill="{pine}"/>',
    ),
    "blanket": (
        "fog",
        '<path d="M52 92h128a14 14 0 0 1 14 14v72a12 12 0 0 1-12 12H60a14 14 0 0 1-14-14v-74z" fill="{tide}"/>'
        '<path d="M46 118h148v14H46zm0 30h148v14H46z" fill="{cream}"/>'
        '<path d="M52 78h122a14 14 0 0 1 0 28H52a14 14 0 0 1 0-28z" fill="{sea}"/>'
        '<path d="M56 190v14m16-14v14m16-14v14m16-14v14m16-14v14m16-14v14m16-14v14m16-14v14" stroke="{sea}" stroke-width="5"/>',
    ),
    "kettle": (
        "dawn",
        '<path d="M70 116c0-20 22-32 50-32s50 12 50 32l8 60a14 14 0 0 1-14 14H76a14 14 0 0 1-14-14z" fill="{rust}"/>'
        '<path d="M168 126l34-28 8 8-32 48z" fill="{rust}"/><path d="M84 92c-8-58 80-58 72 0" fill="none" stroke="{ink}" stroke-width="8"/>'
        '<ellipse cx="120" cy="86" rx="26" ry="7" fill="{clay}"/><circle cx="120" cy="76" r="8" fill="{ink}"/>'
        '<path d="M80 120c4-10 10-14 18-16" stroke="{rose}" stroke-width="6" fill="none" stroke-linecap="round"/>',
    ),
    "mug": (
        "dawn",
        '<path d="M66 84h88v88a18 18 0 0 1-18 18H84a18 18 0 0 1-18-18z" fill="{cream}"/><path d="M66 84h88v22H66z" fill="{sea}"/>'
        '<path d="M154 108h14a22 22 0 0 1 0 50h-14" fill="none" stroke="{cream}" stroke-width="12"/>'
        '<path d="M66 138c15-12 29 12 44 0s29 12 44 0" fill="none" stroke="{tide}" stroke-width="5"/>'
        '<path d="M96 66c-7-9 7-14 0-24m28 24c-7-9 7-14 0-24" stroke="{smoke}" stroke-width="4" fill="none" stroke-linecap="round"/>',
    ),
    "board": (
        "meadow",
        '<path d="M72 40h96a14 14 0 0 1 14 14v100a14 14 0 0 1-14 14h-34v26a14 14 0 0 1-28 0v-26H72a14 14 0 0 1-14-14V54a14 14 0 0 1 14-14z" fill="{oak}"/>'
        '<path d="M80 42c-6 40 6 82 0 124m30-126c6 44-6 84 0 128m44-128c-6 44 6 84 0 128" stroke="{bark}" stroke-width="3" fill="none" opacity=".55"/>'
        '<circle cx="120" cy="192" r="5" fill="{meadow}"/>',
    ),
    "apron": (
        "dawn",
        '<path d="M94 70h52l10 42c22 10 24 30 24 84H60c0-54 2-74 24-84z" fill="{sea}"/>'
        '<path d="M94 70c-6-40 58-40 52 0" fill="none" stroke="{bark}" stroke-width="6"/><path d="M88 140h64v32a8 8 0 0 1-8 8H96a8 8 0 0 1-8-8z" fill="{tide}"/>'
        '<path d="M120 140v40" stroke="{sea}" stroke-width="3"/><path d="M66 126l-26 16m134-16l26 16" stroke="{bark}" stroke-width="6"/>',
    ),
    "doormat": (
        "fog",
        '<path d="M40 110l28-38h104l28 38v64a8 8 0 0 1-8 8H48a8 8 0 0 1-8-8z" fill="{bark}" opacity=".25"/>'
        '<rect x="36" y="78" width="168" height="92" rx="10" fill="{oak}"/><rect x="48" y="90" width="144" height="68" rx="5" fill="none" stroke="{pine}" stroke-width="7"/>'
        '<path d="M96 112v24m0-12h16m0-12v24m20-24v24" stroke="{pine}" stroke-width="6" fill="none" stroke-linecap="round"/>'
        '<path d="M44 170v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10m14-10v10" stroke="{bark}" stroke-width="4"/>',
    ),
    "tote": (
        "fog",
        '<path d="M66 96h108l10 102H56z" fill="{linen}"/><path d="M92 116V78c0-36 56-36 56 0v38" fill="none" stroke="{rust}" stroke-width="9"/>'
        '<path d="M120 132l26 34H94z" fill="{pine}"/><path d="M120 114l20 28h-40z" fill="{moss}"/><path d="M116 166h8v14h-8z" fill="{bark}"/>',
    ),
    "soap": (
        "meadow",
        '<rect x="52" y="112" width="136" height="62" rx="24" fill="{sage}"/><rect x="62" y="106" width="116" height="54" rx="22" fill="{cream}"/>'
        '<path d="M92 134c9-8 18 8 28 0s19 8 28 0" stroke="{moss}" stroke-width="5" fill="none" stroke-linecap="round"/>'
        '<circle cx="84" cy="82" r="14" fill="{mist}"/><circle cx="112" cy="62" r="9" fill="{mist}"/><circle cx="142" cy="84" r="18" fill="{mist}"/><circle cx="137" cy="78" r="5" fill="{white}"/>',
    ),
    "jumper": (
        "fog",
        '<path d="M88 60h64l44 34-18 30-18-12v84H80v-84l-18 12-18-30z" fill="{sea}"/><path d="M96 60a24 16 0 0 0 48 0z" fill="{mist}"/>'
        '<path d="M80 118h80v12H80zm0 24h80v12H80zm0 24h80v12H80z" fill="{cream}"/><path d="M80 186h80v10H80z" fill="{ink}" opacity=".3"/>',
    ),
    "beanie": (
        "dawn",
        '<path d="M60 150c0-96 120-96 120 0z" fill="{rust}"/><path d="M90 150c0-60 10-72 30-72s30 12 30 72M120 78v72" fill="none" stroke="{clay}" stroke-width="6"/>'
        '<rect x="52" y="144" width="136" height="36" rx="12" fill="{clay}"/><path d="M72 146v32m18-32v32m18-32v32m18-32v32m18-32v32m18-32v32" stroke="{rust}" stroke-width="4"/><circle cx="120" cy="66" r="17" fill="{cream}"/>',
    ),
    "socks": (
        "sand",
        '<path d="M74 48h44v78l-6 22-38 34a20 20 0 0 1-28-28l28-28z" fill="{pine}"/><path d="M74 48h44v18H74z" fill="{rust}"/>'
        '<path d="M140 56h44v78l-6 22-38 34a20 20 0 0 1-28-28l28-28z" fill="{moss}"/><path d="M140 56h44v18h-44z" fill="{rust}"/>'
        '<path d="M74 84h44v8H74zm66 8h44v8h-44z" fill="{cream}"/>',
    ),
    "raincoat": (
        "fog",
        '<path d="M92 62c0-34 56-34 56 0l44 32-14 44-20-10 8 70H74l8-70-20 10-14-44z" fill="{gold}"/>'
        '<path d="M98 62c0-22 44-22 44 0l-22 18z" fill="{brass}"/><path d="M120 80v118" stroke="{brass}" stroke-width="5"/>'
        '<path d="M92 150h20m16 0h20" stroke="{brass}" stroke-width="7"/><circle cx="128" cy="104" r="4" fill="{ink}"/><circle cx="128" cy="130" r="4" fill="{ink}"/>',
    ),
    "matches": (
        "meadow",
        '<rect x="58" y="104" width="124" height="74" rx="6" fill="{rust}"/><rect x="58" y="104" width="124" height="16" fill="{cream}"/>'
        '<path d="M84 104V62m18 42V52m18 52V60m18 44V50m18 54V62" stroke="{linen}" stroke-width="7"/>'
        '<path d="M84 66V54m18 2V44m18 20V52m18 2V42m18 24V54" stroke="{ink}" stroke-width="11" stroke-linecap="round"/><circle cx="120" cy="150" r="18" fill="{gold}"/><path d="M120 136l5 9 10 1-7 7 2 11-10-5-10 5 2-11-7-7 10-1z" fill="{rust}"/>',
    ),
    "tea": (
        "dawn",
        '<path d="M72 76h96v110a10 10 0 0 1-10 10H82a10 10 0 0 1-10-10z" fill="{pine}"/><ellipse cx="120" cy="76" rx="48" ry="13" fill="{moss}"/>'
        '<path d="M86 58h68v16H86z" fill="{brass}"/><ellipse cx="120" cy="58" rx="34" ry="8" fill="{gold}"/><circle cx="120" cy="138" r="30" fill="{cream}"/>'
        '<path d="M120 120c16 6 16 28 0 36-16-8-16-30 0-36z" fill="{moss}"/><path d="M120 122v36" stroke="{pine}" stroke-width="3"/>',
    ),
    "honey": (
        "sand",
        '<path d="M74 92h92l8 16v74a14 14 0 0 1-14 14H80a14 14 0 0 1-14-14v-74z" fill="{gold}"/><path d="M66 128c18-10 36 10 54 0s36 10 54 0v54a14 14 0 0 1-14 14H80a14 14 0 0 1-14-14z" fill="{brass}"/>'
        '<rect x="70" y="64" width="100" height="28" rx="6" fill="{rust}"/><path d="M120 124l17 10v20l-17 10-17-10v-20z" fill="{cream}"/><circle cx="120" cy="144" r="7" fill="{brass}"/>',
    ),
    "bell": (
        "fog",
        '<path d="M120 56c34 0 42 34 44 66 2 22 8 32 18 42H58c10-10 16-20 18-42 2-32 10-66 44-66z" fill="{brass}"/>'
        '<path d="M52 164h136v14H52z" fill="{gold}"/><circle cx="120" cy="188" r="13" fill="{bark}"/><path d="M104 56a16 16 0 0 1 32 0" fill="none" stroke="{bark}" stroke-width="8"/>'
        '<path d="M96 84c-6 12-8 26-9 40" stroke="{glow}" stroke-width="7" fill="none" stroke-linecap="round"/>',
    ),
    "planter": (
        "dawn",
        '<path d="M120 20L74 128m46-108l46 108M120 20v96" stroke="{bark}" stroke-width="4" fill="none"/><path d="M66 126h108l-14 58a12 12 0 0 1-12 9H92a12 12 0 0 1-12-9z" fill="{clay}"/>'
        '<path d="M84 126c-22-6-28-28-24-42 18 4 28 20 28 42zm72 0c22-6 28-28 24-42-18 4-28 20-28 42zm-36 0c-14-14-14-40 0-54 14 14 14 40 0 54z" fill="{moss}"/><path d="M62 122h116v14H62z" fill="{rust}"/>',
    ),
    "frame": (
        "meadow",
        '<rect x="52" y="52" width="136" height="136" rx="6" fill="{bark}"/><rect x="66" y="66" width="108" height="108" fill="{mist}"/>'
        '<path d="M66 140c18-14 36 10 54 0s36 10 54 0v34H66z" fill="{sea}"/><circle cx="146" cy="96" r="13" fill="{gold}"/><path d="M112 138V88l26 42z" fill="{white}"/><path d="M92 140h52l-8 12h-36z" fill="{rust}"/>',
    ),
    "knife": (
        "sand",
        '<path d="M38 108h118v16c-40 26-92 16-118-4z" fill="{mist}"/><path d="M38 108h118v7H38z" fill="{tide}"/>'
        '<path d="M40 122l6 5 6-5 6 6 6-5 6 6 6-5 6 6 6-5 6 6 6-5 6 5 6-6 6 5 6-6" fill="none" stroke="{smoke}" stroke-width="3"/>'
        '<path d="M156 100h40a14 14 0 0 1 0 28h-40z" fill="{oak}"/><circle cx="172" cy="114" r="4" fill="{brass}"/><circle cx="190" cy="114" r="4" fill="{brass}"/>',
    ),
    "basket": (
        "fog",
        '<path d="M56 104h128l-14 82a12 12 0 0 1-12 10H82a12 12 0 0 1-12-10z" fill="{oak}"/><path d="M62 104c0-76 116-76 116 0" fill="none" stroke="{bark}" stroke-width="9"/>'
        '<path d="M60 128h120M64 152h112M68 176h104" stroke="{bark}" stroke-width="4" opacity=".6"/><path d="M90 104l6 92m24-92v92m30-92l-6 92" stroke="{bark}" stroke-width="4" opacity=".6"/>'
        '<path d="M74 104c8-26 40-30 50-8 14-18 40-10 42 8z" fill="{cream}"/><path d="M84 100l10-10m8 10l12-12m22 12l12-10" stroke="{rust}" stroke-width="4"/>',
    ),
    "deckchair": (
        "meadow",
        '<path d="M58 194L178 52M190 194L62 122M92 154h78" stroke="{bark}" stroke-width="9" stroke-linecap="round" fill="none"/>'
        '<path d="M174 56C150 120 116 168 66 124" fill="none" stroke="{cream}" stroke-width="22"/>'
        '<path d="M174 56C150 120 116 168 66 124" fill="none" stroke="{rust}" stroke-width="22" stroke-dasharray="13 13"/>',
    ),
    "clock": (
        "dawn",
        '<circle cx="120" cy="120" r="74" fill="{brass}"/><circle cx="120" cy="120" r="60" fill="{cream}"/>'
        '<path d="M120 68v10m0 84v10m-52-52h10m84 0h10" stroke="{ink}" stroke-width="5"/><path d="M68 134c17-12 35 10 52 0s35 10 52 0a56 56 0 0 1-104 0z" fill="{tide}" opacity=".7"/>'
        '<path d="M120 120l26-30M120 120h-30" stroke="{ink}" stroke-width="6" stroke-linecap="round"/><circle cx="120" cy="120" r="6" fill="{rust}"/>',
    ),
    "lamp": (
        "fog",
        '<path d="M84 52h72l22 62H62z" fill="{cream}"/><path d="M84 52h72l5 14H79z" fill="{linen}"/><path d="M114 114h12v62h-12z" fill="{oak}"/>'
        '<path d="M82 176h76v16H82z" fill="{bark}"/><path d="M62 114h116l5 10H57z" fill="{gold}"/><path d="M146 124v26" stroke="{brass}" stroke-width="4"/><circle cx="146" cy="153" r="5" fill="{brass}"/>',
    ),
    "vase": (
        "sand",
        '<path d="M98 92h44c0 22 30 36 30 66a38 38 0 0 1-38 38h-28a38 38 0 0 1-38-38c0-30 30-44 30-66z" fill="{tide}"/><path d="M94 84h52v12H94z" fill="{sea}"/>'
        '<path d="M112 84C108 62 96 52 86 46m40 38c2-26 10-38 26-46m-32 46V40" stroke="{moss}" stroke-width="5" fill="none"/>'
        '<circle cx="84" cy="46" r="11" fill="{clay}"/><circle cx="154" cy="38" r="11" fill="{gold}"/><circle cx="120" cy="36" r="12" fill="{rose}"/>',
    ),
    "cushion": (
        "dawn",
        '<path d="M58 62c40 12 84 12 124 0 8 0 12 4 12 12-12 32-12 62 0 96 0 8-4 12-12 12-40-12-84-12-124 0-8 0-12-4-12-12 12-34 12-64 0-96 0-8 4-12 12-12z" fill="{moss}"/>'
        '<path d="M60 104h120m-120 34h120M98 70v104m44-104v104" stroke="{cream}" stroke-width="6" opacity=".75"/>',
    ),
    "notebook": (
        "meadow",
        '<rect x="68" y="46" width="108" height="148" rx="8" fill="{rust}"/><path d="M68 54a8 8 0 0 1 8-8h8v148h-8a8 8 0 0 1-8-8z" fill="{bark}"/>'
        '<rect x="98" y="78" width="64" height="34" rx="3" fill="{cream}"/><path d="M106 90h48m-48 11h32" stroke="{smoke}" stroke-width="4"/><path d="M152 46v148" stroke="{gold}" stroke-width="6"/>',
    ),
}
