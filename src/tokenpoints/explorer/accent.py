"""A brand's colour, made readable on light and on dark pages."""

from __future__ import annotations

_LIGHT_BACKGROUND = (255, 255, 255)
_DARK_BACKGROUND = (24, 26, 31)
_CONTRAST_MIN = 4.8
"""A little above the 4.5 that WCAG 2.2 (1.4.3) asks of text."""

Colour = tuple[int, int, int]


def stylesheet(accent: str) -> str:
    """Custom properties for a program's pages."""
    light = as_hex(readable(from_hex(accent), _LIGHT_BACKGROUND))
    dark = as_hex(readable(from_hex(accent), _DARK_BACKGROUND))
    return (
        f":root{{--accent:{light};--brand:{accent}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{dark};--brand:{accent}}}}}\n"
    )


def readable(colour: Colour, background: Colour) -> Colour:
    """The colour, moved away from the background until text in it can be read."""
    target = 0 if _luminance(background) > 0.5 else 255
    for step in range(21):
        share = step / 20
        mixed = tuple(round(part + (target - part) * share) for part in colour)
        candidate = (mixed[0], mixed[1], mixed[2])
        if contrast(candidate, background) >= _CONTRAST_MIN:
            return candidate
    return (target, target, target)


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def from_hex(text: str) -> Colour:
    """Parse `#rrggbb`."""
    raw = bytes.fromhex(text.removeprefix("#"))
    return raw[0], raw[1], raw[2]


def as_hex(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
