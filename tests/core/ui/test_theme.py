import json
from hashlib import sha256
from pathlib import Path

import pytest

from opptak.ui.colours import READABLE, ROLES, Scheme, contrast, luminance, scale
from opptak.ui.theme import Brand, theme_css, theme_url

# What `tokens create` and `tokens build` of @digdir/designsystemet 1.15.0 make of these colours.
REFERENCE: dict[str, dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "fixtures" / "designsystemet_scales.json").read_text()
)
TEXT_ON = {
    "text-default": ROLES[:6],
    "text-subtle": ROLES[:4],
    "base-contrast-default": ("base-default", "base-hover", "base-active"),
}


def unreadable(colour: str) -> list[tuple[str, str, str]]:
    return [
        (scheme, text, ground)
        for scheme in Scheme
        for text, grounds in TEXT_ON.items()
        for ground in grounds
        if contrast(scale(colour, scheme)[text], scale(colour, scheme)[ground]) < READABLE
    ]


@pytest.mark.parametrize("colour", REFERENCE)
@pytest.mark.parametrize("scheme", Scheme)
def test_scale_is_the_one_designsystemet_makes(colour: str, scheme: Scheme) -> None:
    assert scale(colour, scheme) == REFERENCE[colour][scheme]


def test_text_is_readable_whatever_the_brand_colour() -> None:
    colours = ["#" + sha256(bytes([number])).hexdigest()[:6] for number in range(200)]

    assert {colour: found for colour in colours if (found := unreadable(colour))} == {}


@pytest.mark.parametrize("colour", ["#a06659", "#887755", "#2171fc", "#89aa02"])
def test_pressed_button_is_readable_where_designsystemet_fails(colour: str) -> None:
    assert unreadable(colour) == []


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert luminance("#ffffff") == pytest.approx(1)


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "0062ba0", "#0062bg", "#0062ba80", "# 062b "])
def test_scale_of_something_else_than_a_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"colour|hexadecimal|unpack"):
        scale(wrong, Scheme.LIGHT)


def test_theme_has_the_brand_for_light_and_dark(brand: Brand) -> None:
    light, dark = theme_css(brand).splitlines()

    assert "--ds-color-accent-base-default:#0b4f6c;" in light
    assert f"--ds-color-accent-base-default:{scale('#0b4f6c', Scheme.DARK)['base-default']};" in dark
    assert light.startswith("@layer ds.theme.color-scheme.light{:root,")
    assert '@media (prefers-color-scheme:dark){[data-color-scheme="auto"]{' in dark
    assert "brand1" not in light


def test_theme_has_the_supporting_colour_when_there_is_one() -> None:
    css = theme_css(Brand(name="Nordreisa", accent="#0b4f6c", support="#8a1538"))

    assert "--ds-color-brand1-base-default:#8a1538;" in css


def test_theme_url_follows_the_colours_alone(brand: Brand) -> None:
    assert theme_url(brand) == theme_url(Brand(name="Storfjord", accent="#0b4f6c"))
    assert theme_url(brand) != theme_url(Brand(name="Nordreisa", accent="#0b4f6d"))
