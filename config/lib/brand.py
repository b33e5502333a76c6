"""A store's colour, corrected until text on it and in it can be read (WCAG 2.2, 1.4.3: at least 4.5:1)."""

import colorsys

DEFAULT = "#b4532a"
PAPER = "#fbf8f4"  # the lightest ground accents stand on in light mode (static/css/tokens.css)
NIGHT = "#1f1b16"  # the lightest ground in dark mode
NEEDED = 4.5


def _rgb(color: str) -> tuple[float, float, float]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def luminance(color: str) -> float:
    """Return the relative luminance (0-1) of '#rrggbb' (WCAG 2.2 definition)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(color: str, ground: str, needed: float = NEEDED) -> str:
    """Return `color`, made darker or lighter just enough to be read on `ground`; its hue stays."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(color))
    step = -0.01 if luminance(ground) > 0.18 else 0.01
    made = color
    while contrast(made, ground) < needed and 0 <= lightness + step <= 1:
        lightness += step
        made = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return made


def ink_on(color: str) -> str:
    """Return white or near-black, whichever reads better on `color`."""
    return max(("#ffffff", "#1a1410"), key=lambda ink: contrast(ink, color))


def palette(color: str) -> dict[str, str]:
    """
    Return the store's custom properties for light and dark.

    `fill` carries text `on_fill` in both schemes; `accent_light` and `accent_dark` are for text on the
    page's grounds, with headroom for the tinted washes.
    """
    fill = readable_on(color, ink_on(color))
    return {
        "fill": fill,
        "on_fill": ink_on(fill),
        "accent_light": readable_on(color, PAPER, 5.6),
        "accent_dark": readable_on(color, NIGHT, 6.2),
    }


def inverted(color: str) -> str:
    """Return a colour turned over, as mail programs do that force a dark mode of their own."""
    return "#" + "".join(f"{255 - int(color[at : at + 2], 16):02x}" for at in (1, 3, 5))


def mail_palette(color: str) -> dict[str, str]:
    """
    Return the colours of `palette`, each readable also when a mail program turns all colours over.

    A button may take the other ink, or a lighter or darker fill: whatever is nearest to the store's colour.
    """
    made = palette(color)
    fills = [found for ink in ("#ffffff", "#1a1410") if (found := _fill_both_ways(made["fill"], ink))]
    _, made["fill"], made["on_fill"] = min(fills)
    made["accent_light"] = _ink_both_ways(made["accent_light"])
    return made


def _both_ways(ink: str, ground: str) -> bool:
    return min(contrast(ink, ground), contrast(inverted(ink), inverted(ground))) >= NEEDED


def _fill_both_ways(fill: str, ink: str) -> tuple[float, str, str] | None:
    """Return how far off, fill and ink: the nearest fill on which `ink` can be read both ways."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(fill))
    for step in range(101):
        for away in (lightness - step / 100, lightness + step / 100):
            if 0 <= away <= 1 and _both_ways(ink, made := _hex(colorsys.hls_to_rgb(hue, away, saturation))):
                return step / 100, made, ink
    return None


def _ink_both_ways(ink: str) -> str:
    """Return `ink`, darker where it must be to be read on paper both ways."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(ink))
    while not (_both_ways(ink, PAPER) and _both_ways(ink, "#ffffff")) and lightness > 0:
        lightness = max(lightness - 0.01, 0)
        ink = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return ink
