"""As how many messages a text is carried, and billed (3GPP TS 23.038)."""

# The basic alphabet of GSM: one septet each. What is in EXTENDED takes two; everything else makes the whole
# text UCS-2.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
# Units that fit one text, and one part of a longer one (the rest is the header that joins them).
GSM, UCS2 = (160, 153), (70, 67)
# Typographic signs that cost a text more than half its room; their plain kin say the same.
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
    | {"\u202f": " ", "«": '"', "»": '"', "•": "-", "\t": " ", "\u200b": "", "×": "x"}
)


def plain(text: str) -> str:
    """Return `text` with typographic signs replaced by those of the GSM alphabet. Letters stay."""
    return text.translate(_PLAIN)


def is_gsm(text: str) -> bool:
    """Say whether every sign of `text` is in the GSM alphabet."""
    return all(sign in BASIC or sign in EXTENDED for sign in text)


def segments(text: str) -> int:
    """Return as how many messages `text` goes: 0 for '', else 1 or more. A sign is never split over two."""
    if not text:
        return 0
    if is_gsm(text):
        return _parts([2 if sign in EXTENDED else 1 for sign in text], *GSM)
    return _parts([2 if ord(sign) > 0xFFFF else 1 for sign in text], *UCS2)


def _parts(sizes: list[int], alone: int, each: int) -> int:
    if sum(sizes) <= alone:
        return 1
    count, room = 1, each
    for size in sizes:
        if size > room:
            count, room = count + 1, each
        room -= size
    return count
