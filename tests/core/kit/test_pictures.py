"""Pictures that somebody brings along: what is one passes, and what does more is named."""

import pytest

from opptak.kit.pictures import png_fault, svg_fault

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        '<path d="M0 0h9" fill="url(#blue)" style="stroke: red"/>',
        '<g id="a"/><use href="#a"/><use xlink:href="#a"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        "<style>path { fill: url('#blue') }</style><title>Våpen</title>",
    ],
)
def test_drawing_passes(inside: str) -> None:
    assert svg_fault(SVG.format(inside).encode()) == ""


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<script>go()</script>", "<script>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<path onclick="go()"/>', "onclick"),
        ('<path ONLOAD="go()"/>', "ONLOAD"),
        ('<use href="https://elsewhere.example/a.svg#b"/>', "href names something outside"),
        ('<a xlink:href="javascript:go()"/>', "href names something outside"),
        ('<image href="data:text/html,go"/>', "href names something outside"),
        ('<path fill="url(https://elsewhere.example)"/>', "fill names something outside"),
        ("<style>@import 'a.css'</style>", "style names something outside"),
        ('<set attributeName="href" to="javascript:go()"/>', "to holds a script"),
        ("<?xml-stylesheet href='a.css'?>", "<?xml-stylesheet?>"),
        ("<path>", "this is no SVG"),
    ],
)
def test_more_than_a_drawing_is_told(inside: str, told: str) -> None:
    assert told in svg_fault(SVG.format(inside).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        b"<html xmlns='http://www.w3.org/2000/svg'/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
    ],
)
def test_what_is_no_svg_is_told(content: bytes) -> None:
    assert svg_fault(content)


def test_png_is_known_by_its_beginning() -> None:
    assert png_fault(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == ""
    assert png_fault(b"\xff\xd8\xff\xe0 a photograph") != ""
