"""A tenant's theme: brand colours become the CSS variables that Designsystemet's components read.

The shared stylesheet carries sizes, type and the status colours; a theme replaces the accent, the
neutral and the support colour, for light and dark. Its address holds its hash, so it may be
cached for good.
"""

from functools import lru_cache
from hashlib import sha256

import msgspec

from opptak.ui.colours import Scheme, scale

__all__ = ("Brand", "theme_css", "theme_url")


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """How an organisation looks; colours are `#rrggbb`, their contrast is seen to."""

    name: str
    accent: str
    neutral: str = "#1e2b3c"
    support: str | None = None
    """A second colour, for what is to stand out from the accent (`data-color="brand1"`)."""
    logo: str | None = None
    """File name of the logo or coat of arms; where it is served is the page frame's `logo`."""


@lru_cache(maxsize=1024)
def theme_css(brand: Brand) -> str:
    """Return the stylesheet with the brand's colours; it belongs after the shared one."""
    light, dark = _declarations(brand, Scheme.LIGHT), _declarations(brand, Scheme.DARK)
    return (
        f'@layer ds.theme.color-scheme.light{{:root,[data-color-scheme="light"]{{{light}}}'
        f'@media (prefers-color-scheme:light){{[data-color-scheme="auto"]{{{light}}}}}}}\n'
        f'@layer ds.theme.color-scheme.dark{{[data-color-scheme="dark"]{{{dark}}}'
        f'@media (prefers-color-scheme:dark){{[data-color-scheme="auto"]{{{dark}}}}}}}\n'
    )


@lru_cache(maxsize=1024)
def theme_digest(brand: Brand) -> str:
    """Return the hash of the theme, part of its address."""
    return sha256(theme_css(brand).encode()).hexdigest()[:12]


def theme_url(brand: Brand) -> str:
    """Return the address a site serves the theme at."""
    return f"/theme/{theme_digest(brand)}.css"


def _colours(brand: Brand) -> dict[str, str]:
    colours = {"accent": brand.accent, "neutral": brand.neutral}
    return colours | ({"brand1": brand.support} if brand.support else {})


def _declarations(brand: Brand, scheme: Scheme) -> str:
    named = [
        f"--ds-color-{name}-{role}:{value};"
        for name, colour in _colours(brand).items()
        for role, value in scale(colour, scheme).items()
    ]
    neutral = scale(brand.neutral, scheme)
    inner, outer = neutral["background-default"], neutral["text-default"]
    return "".join(named) + f"--ds-color-focus-inner:{inner};--ds-color-focus-outer:{outer};"
