"""Colour scales: from one brand colour to the sixteen roles a component may ask for.

The method is Designsystemet's, so its components look as their makers meant: each role has a
fixed luminance (WCAG 2.2 "relative luminance"), reached by mixing the brand colour with black or
white. Contrast between two roles thus does not depend on the brand colour, and every brand colour
gives readable pages.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from math import atan2, cos, hypot, sin

__all__ = ("READABLE", "ROLES", "Scheme", "contrast", "luminance", "scale")

Rgb = tuple[float, float, float]

BLACK: Rgb = (0.0, 0.0, 0.0)
WHITE: Rgb = (255.0, 255.0, 255.0)


READABLE = 4.5
"""Least contrast of text (WCAG 2.2, success criterion 1.4.3)."""


class Scheme(StrEnum):
    """Whether the reader's device asks for a light or a dark page."""

    LIGHT = "light"
    DARK = "dark"


LUMINANCES: Mapping[str, Mapping[Scheme, float]] = {
    "background-default": {Scheme.LIGHT: 1.0, Scheme.DARK: 0.009},
    "background-tinted": {Scheme.LIGHT: 0.9, Scheme.DARK: 0.014},
    "surface-default": {Scheme.LIGHT: 1.0, Scheme.DARK: 0.021},
    "surface-tinted": {Scheme.LIGHT: 0.81, Scheme.DARK: 0.027},
    "surface-hover": {Scheme.LIGHT: 0.7, Scheme.DARK: 0.036},
    "surface-active": {Scheme.LIGHT: 0.59, Scheme.DARK: 0.056},
    "border-subtle": {Scheme.LIGHT: 0.5, Scheme.DARK: 0.08},
    "border-default": {Scheme.LIGHT: 0.19, Scheme.DARK: 0.22},
    "border-strong": {Scheme.LIGHT: 0.11, Scheme.DARK: 0.39},
    "text-subtle": {Scheme.LIGHT: 0.11, Scheme.DARK: 0.39},
    "text-default": {Scheme.LIGHT: 0.0245, Scheme.DARK: 0.84},
}
"""Relative luminance (0–1) of each role that does not keep the brand colour's own."""

BASE_ROLES = (
    "base-default",
    "base-hover",
    "base-active",
    "base-contrast-subtle",
    "base-contrast-default",
)
ROLES = (*LUMINANCES, *BASE_ROLES)


@lru_cache(maxsize=4096)
def scale(colour: str, scheme: Scheme) -> Mapping[str, str]:
    """Return the hex colour of every role in `ROLES`; ValueError unless `colour` is `#rrggbb`."""
    brand = _parse(colour)
    tint = brand if scheme is Scheme.LIGHT else _round(_less_chroma(brand, 0.7))
    tinted = {role: _hex(_at_luminance(tint, by[scheme])) for role, by in LUMINANCES.items()}
    return tinted | _base(brand, scheme)


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Return the relative luminance (0–1) of `#rrggbb`."""
    return _luminance(_parse(colour))


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio (1–21) of two colours `#rrggbb`."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _base(brand: Rgb, scheme: Scheme) -> dict[str, str]:
    lightness = _lightness(brand)
    if scheme is Scheme.DARK:
        lightness = 70.0 if lightness <= 30 else 100 - lightness
    default = brand if scheme is Scheme.LIGHT else _at_lightness(brand, lightness)
    step = 8 if lightness <= 30 or 49 <= lightness <= 65 else -8
    text = _text_on(_round(default))
    # Stricter than Designsystemet, which lets the text on a pressed button drop to 2.7:1.
    if contrast(_hex(text), _hex(_at_lightness(brand, lightness + 2 * step))) < READABLE:
        step = -step
    hexes = (
        _hex(default),
        _hex(_at_lightness(brand, lightness + step)),
        _hex(_at_lightness(brand, lightness + 2 * step)),
        _hex(_subtle_on(_round(default))),
        _hex(text),
    )
    return dict(zip(BASE_ROLES, hexes, strict=True))


def _text_on(background: Rgb) -> Rgb:
    return WHITE if _prefers_white(background) else BLACK


def _subtle_on(background: Rgb) -> Rgb:
    lightness = _lightness(background)
    shift = 50 if 40 < lightness < 60 else 60
    return _at_lightness(background, lightness + (shift if _prefers_white(background) else -shift))


def _prefers_white(background: Rgb) -> bool:
    grey = _luminance(background) + 0.05
    return 1.05 / grey >= grey / 0.05


def _at_lightness(colour: Rgb, lightness: float) -> Rgb:
    """Mix to a lightness (CIE L*, 0–100), by way of the 8-bit grey that has it."""
    step = min(max(lightness, 0.0), 100.0)
    linear = ((step + 16) / 116) ** 3 if step > 8 else step / 903.2963
    grey = _gamma(linear)
    return _at_luminance(colour, _luminance(_round((grey, grey, grey))))


def _at_luminance(colour: Rgb, target: float) -> Rgb:
    """Mix with black or white until the relative luminance is `target`, by bisection."""
    if target <= 0 or target >= 1:
        return BLACK if target <= 0 else WHITE
    low, high = (BLACK, colour) if _luminance(colour) > target else (colour, WHITE)
    for _ in range(20):
        middle = _mix(low, high)
        reached = _luminance(middle)
        if abs(target - reached) < 1e-7:
            return middle
        low, high = (low, middle) if reached > target else (middle, high)
    return _mix(low, high)


def _mix(one: Rgb, other: Rgb) -> Rgb:
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, (one[2] + other[2]) / 2)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    share = channel / 255
    return float(share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4)


def _lightness(colour: Rgb) -> float:
    y = _luminance(colour)
    return float(116 * y ** (1 / 3) - 16 if y > 0.0088564517 else 903.2963 * y)


def _less_chroma(colour: Rgb, factor: float) -> Rgb:
    """Scale the chroma in OKLCH, keeping lightness and hue (Ottosson's matrices)."""
    red, green, blue = (_linear(channel) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    light = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short
    chroma, hue = factor * hypot(green_red, blue_yellow), atan2(blue_yellow, green_red)
    return _from_oklab(light, chroma * cos(hue), chroma * sin(hue))


def _from_oklab(light: float, green_red: float, blue_yellow: float) -> Rgb:
    long = (light + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (light - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (light - 0.0894841775 * green_red - 1.291485548 * blue_yellow) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
    )


def _gamma(linear: float) -> float:
    share = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return float(min(max(255 * share, 0.0), 255.0))


def _round(colour: Rgb) -> Rgb:
    red, green, blue = (float(int(channel + 0.5)) for channel in colour)
    return (red, green, blue)


def _parse(colour: str) -> Rgb:
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"{colour!r} is not a colour in the form #rrggbb")
    red, green, blue = bytes.fromhex(colour[1:])
    return (float(red), float(green), float(blue))


def _hex(colour: Rgb) -> str:
    return "#" + bytes(int(channel) for channel in _round(colour)).hex()
