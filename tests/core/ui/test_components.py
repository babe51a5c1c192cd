import re
from collections.abc import Callable
from pathlib import Path

import pytest

from opptak.kit.i18n import Catalogues
from opptak.ui.engine import Templates
from opptak.ui.gallery import LANGUAGES, gallery_html
from opptak.ui.theme import Brand

Render = Callable[..., str]

TEMPLATES = Path(__file__).resolve().parents[3] / "core" / "opptak" / "ui" / "templates"
INSIDE_OTHERS = {"icon", "error_summary"}
"""Components the gallery shows as part of others, or the frame by itself."""


def sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.rglob("*.html"))}


def test_gallery_shows_every_component() -> None:
    imports = re.findall(r"import ([\w, ]+) -%}", sources()["ui.html"])
    components = {name for line in imports for name in line.split(", ")}

    assert components - set(re.findall(r"ui\.(\w+)\(", sources()["gallery.html"])) == INSIDE_OTHERS


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_gallery_is_rendered_in_every_language(templates: Templates, brand: Brand, language: str) -> None:
    html = gallery_html(templates, language=language, brand=brand)

    assert html.count("ds-error-summary") == 1
    assert re.findall(r"(?:ui|error)\.[a-z_.]+", html) == []


@pytest.mark.parametrize("name", sources())
def test_template_obeys_a_strict_content_security_policy(name: str) -> None:
    code = re.sub(r"\{[#{%].*?[#}%]\}", "", sources()[name], flags=re.DOTALL)

    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]* src=)", code) == []


@pytest.mark.parametrize("name", sources())
def test_texts_a_template_asks_for_exist(name: str) -> None:
    asked = re.findall(r"""n?_\(["'](ui\.[a-z_.]*[a-z])["']""", sources()[name])
    translator = Catalogues.load().translator("se", fallbacks=())
    missing = [key for key in asked if translator(key) == key and translator.plural(key, 1) == key]

    assert missing == []


def test_field_shows_what_was_typed_and_what_was_wrong(render: Render) -> None:
    line = '{{ ui.field_text("name", "Navn", help="Som i passet") }}'
    html = render(line, values={"name": 'Åse "Å"'}, errors={"name": "ui.error.year"})

    assert '<label class="ds-label" for="name">Navn</label>' in html
    assert 'value="Åse &quot;Å&quot;"' in html
    assert 'aria-describedby="name-help name-error" aria-invalid="true"' in html
    assert 'id="name-error"><span class="ds-sr-only">Feil: </span>Skriv årstallet' in html


def test_field_without_error_is_plain(render: Render) -> None:
    html = render('{{ ui.field_text("name", "Navn") }}')

    assert "aria-" not in html
    assert 'value=""' in html


def test_long_text_keeps_its_markup_as_text(render: Render) -> None:
    html = render('{{ ui.field_text("m", "M", rows=4) }}', values={"m": "</textarea><b>"})

    assert ">&lt;&#x2f;textarea&gt;&lt;b&gt;</textarea>" in html


def test_date_is_three_fields_in_one_group(render: Render) -> None:
    values = {"start-day": "17", "start-month": "8", "start-year": "2026"}
    html = render(
        '{{ ui.field_date("start", "Oppstart") }}', values=values, errors={"start": "ui.error.date"}
    )

    assert "<legend" in html
    assert re.findall(r'id="(start[\w-]*)" name="([\w-]+)"', html) == [
        ("start", "start-day"),
        ("start-month", "start-month"),
        ("start-year", "start-year"),
    ]
    assert re.findall(r' value="(\d+)"', html) == ["17", "8", "2026"]
    assert html.count('aria-invalid="true" aria-describedby="start-error"') == 3


def test_birthday_may_be_filled_in_by_the_browser(render: Render) -> None:
    html = render('{{ ui.field_date("born", "Født", birthday=true) }}')

    assert re.findall(r'autocomplete="([\w-]+)"', html) == ["bday-day", "bday-month", "bday-year"]


def test_radio_group_checks_the_answer_given(render: Render) -> None:
    options = [{"value": 5, "label": "Fem"}, {"value": 3, "label": "Tre", "help": "Etter avtale"}]
    html = render('{{ ui.radio_group("days", "Dager", options) }}', options=options, values={"days": "3"})

    assert re.findall(r'id="(days[\w-]*)" name="days" value="(\d)"( checked)?', html) == [
        ("days", "5", ""),
        ("days-2", "3", " checked"),
    ]
    assert 'aria-describedby="days-2-hint"' in html


def test_error_of_a_radio_group_belongs_to_the_group(render: Render) -> None:
    html = render(
        '{{ ui.radio_group("days", "Dager", [{"value": 1, "label": "En"}]) }}',
        errors={"days": "ui.error.year"},
    )

    assert '<fieldset class="ds-fieldset" aria-describedby="days-error">' in html


def test_checkbox_is_ticked_when_it_was_sent(render: Render) -> None:
    line = '{{ ui.checkbox("agree", "Ja") }}'

    assert " checked" in render(line, values={"agree": "yes"})
    assert " checked" not in render(line)


def test_select_keeps_the_choice(render: Render) -> None:
    options = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    html = render(
        '{{ ui.select("house", "Hus", options, prompt="Velg") }}', options=options, values={"house": "b"}
    )

    assert re.findall(r'<option value="(\w*)"( selected)?>', html) == [
        ("", ""),
        ("a", ""),
        ("b", " selected"),
    ]


@pytest.mark.parametrize(("count", "heading"), [(1, "Én ting må rettes"), (2, "2 ting må rettes")])
def test_error_summary_counts_and_links(render: Render, count: int, heading: str) -> None:
    errors = dict.fromkeys(["name", "born"][:count], "ui.error.date")
    html = render("{{ ui.error_summary(errors) }}", errors=errors)

    assert f">{heading}</h2>" in html
    assert re.findall(r'href="#(\w+)"', html) == list(errors)
    assert 'tabindex="-1" data-error-summary' in html


def test_table_labels_every_cell_for_the_phone(render: Render) -> None:
    html = render(
        '{{ ui.table("Hus", columns, rows) }}',
        columns=[{"label": "Navn"}, {"label": "Ledig", "numeric": True}],
        rows=[["<Giđa>", 2]],
    )

    assert '<th role="rowheader" scope="row">&lt;Giđa&gt;</th>' in html
    assert '<td role="cell" data-label="Ledig" data-numeric><div>2</div></td>' in html
    assert '<th role="columnheader" scope="col" data-numeric>Ledig</th>' in html


def test_table_cell_may_be_a_component(render: Render) -> None:
    html = render('{{ ui.table("Hus", [{"label": "A"}, {"label": "B"}], [["x", ui.tag("Ny")]]) }}')

    assert '<span class="ds-tag" data-color="neutral">Ny</span></div></td>' in html


def test_empty_table_says_so(render: Render) -> None:
    assert "Ingen ennå" in render('{{ ui.table("Hus", [{"label": "A"}], [], empty="Ingen ennå") }}')


@pytest.mark.parametrize(
    ("current", "total", "pages"),
    [
        (1, 1, []),
        (1, 3, ["*1", "2", "3"]),
        (5, 12, ["1", "…", "4", "*5", "6", "…", "12"]),
        (12, 12, ["1", "…", "11", "*12"]),
    ],
)
def test_pagination_shows_the_ends_and_the_neighbours(
    render: Render, current: int, total: int, pages: list[str]
) -> None:
    html = render('{{ ui.pagination(current, total, "?page=") }}', current=current, total=total)
    shown = re.findall(r'<li></li>|(?:aria-current="(\w+)")?>(\d+)</a>', html)

    assert [("*" if now else "") + number if number else "…" for now, number in shown] == pages
    assert ('rel="prev"' in html) == (current > 1)
    assert ('rel="next"' in html) == (current < total)


def test_timeline_tells_the_state_in_words(render: Render) -> None:
    way = [{"state": "done", "title": "Sendt"}, {"state": "current", "title": "Fordeles", "when": "nå"}]
    html = render("{{ ui.timeline(way) }}", way=way)

    assert '<strong>Sendt</strong><span class="ds-sr-only"> (ferdig)</span>' in html
    assert '<li data-state="current" aria-current="step">' in html


def test_confirmation_is_a_form_with_a_way_out(render: Render) -> None:
    line = """{% call ui.confirm("Takke nei?", "/offer", "Takk nei", "/", color="danger", fields={"id": 7}) %}
    Plassen går videre.{% endcall %}"""
    html = render(line)

    assert '<form class="ds-card op-flow" method="post" action="&#x2f;offer">' in html
    assert '<input type="hidden" name="id" value="7">' in html
    assert 'name="_csrf_token" value="0f5a"' in html
    assert '<a class="ds-button" href="&#x2f;" data-variant="tertiary">Avbryt</a>' in html


def test_wishes_can_be_moved_without_script(render: Render) -> None:
    items = [{"value": "a", "label": "Giđa"}, {"value": "b", "label": "Moan"}]
    html = render('{{ ui.ranked_list("wish", items, "Ønsker") }}', items=items)

    assert re.findall(r'name="wish" value="(\w)"', html) == ["a", "b"]
    assert re.findall(r'name="move" value="([\w:]+)"[^>]*?( disabled)?>', html) == [
        ("up:1", " disabled"),
        ("down:1", ""),
        ("remove:1", ""),
        ("up:2", ""),
        ("down:2", " disabled"),
        ("remove:2", ""),
    ]
