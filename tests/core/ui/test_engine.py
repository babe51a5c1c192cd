from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from minijinja import TemplateError

from opptak.kit.i18n import Catalogues, Translator
from opptak.ui.engine import Flash, FlashColor, Language, NavItem, PageFrame, Templates

Render = Callable[..., str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates folder of another package, `some_site`."""
    folder = tmp_path / "some_site" / "templates"
    folder.mkdir(parents=True)
    (tmp_path / "some_site" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def problem(templates: Templates, translator: Translator, page: PageFrame, message: str = "…") -> str:
    return templates.render("problem.html", {"message": message}, translator=translator, page=page)


def test_page_says_its_language_and_name(templates: Templates, page: PageFrame) -> None:
    html = problem(templates, Catalogues.load().translator("se"), page)

    assert '<html lang="se"' in html
    assert "<title>Váldde oktavuođa – Mánáidgárdesisaváldin – Nordreisa</title>" in html
    assert '<h1 class="ds-heading">Váldde oktavuođa</h1>' in html


def test_title_of_a_refused_form_begins_with_it(
    templates: Templates, page: PageFrame, nb: Translator
) -> None:
    context = {"message": "…", "errors": {"born": "ui.error.date"}}
    html = templates.render("problem.html", context, translator=nb, page=page)

    assert "<title>Feil: Kontakt oss" in html
    assert '<a class="ds-link" href="#born">Skriv datoen' in html


def test_text_from_people_is_escaped(templates: Templates, page: PageFrame, nb: Translator) -> None:
    hostile = '"><script>alert(1)</script>'
    page = msgspec.structs.replace(page, user=hostile, csrf_token=hostile)
    html = problem(templates, nb, page, message=hostile)

    assert "<script>alert" not in html


def test_text_in_a_message_is_escaped(render: Render) -> None:
    assert render('{{ _("ui.remove", item="<b>") }}') == "Fjern: &lt;b&gt;"


def test_misspelt_variable_is_an_error(render: Render) -> None:
    with pytest.raises(TemplateError):
        render("{{ nmae }}")


def test_error_does_not_tell_the_variables(render: Render) -> None:
    with pytest.raises(TemplateError) as failed:
        render("{{ child }} {{ nmae }}", child="Áilu Čállán")

    assert "Áilu" not in str(failed.value)


def test_runaway_template_is_stopped(render: Render) -> None:
    endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"

    with pytest.raises(TemplateError, match="fuel"):
        render(endless)


def test_package_added_last_wins_a_name(site: Path, page: PageFrame, nb: Translator) -> None:
    (site / "problem.html").write_text("{{ _('ui.back') }} {{ message }}", encoding="utf-8")
    templates = Templates("some_site", asset_url=str)

    assert problem(templates, nb, page, message="åtti") == "Tilbake åtti"


def test_missing_template_is_an_error(templates: Templates, page: PageFrame, nb: Translator) -> None:
    with pytest.raises(TemplateError):
        templates.render("nowhere.html", {}, translator=nb, page=page)


def test_flash_is_shown_in_its_colour(templates: Templates, page: PageFrame, nb: Translator) -> None:
    flash = Flash("ui.moved", FlashColor.WARNING, {"item": "Giđa", "position": 2})
    html = problem(templates, nb, msgspec.structs.replace(page, flashes=(flash,)))

    assert '<div class="ds-alert" data-color="warning">' in html
    assert "Giđa er nå nummer 2" in html


def test_menu_marks_the_current_page(templates: Templates, page: PageFrame, nb: Translator) -> None:
    nav = (NavItem("ui.to_start", "/"), NavItem("ui.contact", "/contact", current=True))
    html = problem(templates, nb, msgspec.structs.replace(page, nav=nav))

    assert '<a href="&#x2f;contact" aria-current="page">Kontakt oss</a>' in html
    assert html.count('aria-current="page"') == 1


@pytest.mark.parametrize(("path", "link"), [("/a", "/a?language=se"), ("/a?b=1", "/a?b=1&language=se")])
def test_other_languages_lead_back_to_the_page(
    templates: Templates, page: PageFrame, nb: Translator, path: str, link: str
) -> None:
    languages = (Language("nb", "Norsk bokmål"), Language("se", "Davvisámegiella"))
    html = problem(templates, nb, msgspec.structs.replace(page, languages=languages, path=path))

    assert f'<a href="{escaped(link)}" lang="se" hreflang="se">Davvisámegiella</a>' in html
    assert '<span lang="nb" aria-current="true">Norsk bokmål</span>' in html


def escaped(address: str) -> str:
    return address.replace("&", "&amp;").replace("/", "&#x2f;")


def test_logged_in_person_can_log_out(templates: Templates, page: PageFrame, nb: Translator) -> None:
    html = problem(templates, nb, msgspec.structs.replace(page, user="Máret Østbø", login="/login"))

    assert "<strong>Máret Østbø</strong>" in html
    assert '<input type="hidden" name="_csrf_token" value="0f5a">' in html
    assert "Logg inn" not in html


def test_visitor_can_log_in_where_that_is_offered(
    templates: Templates, page: PageFrame, nb: Translator
) -> None:
    assert "Logg inn" in problem(templates, nb, msgspec.structs.replace(page, login="/login"))
    assert "Logg inn" not in problem(templates, nb, page)


def test_training_is_said_on_every_page(templates: Templates, page: PageFrame, nb: Translator) -> None:
    sentence = "Familiene er oppdiktet, og ingenting blir sendt."

    assert sentence in problem(templates, nb, msgspec.structs.replace(page, training=True))
    assert sentence not in problem(templates, nb, page)


def test_htmx_sends_the_token_without_script_in_the_page(
    templates: Templates, page: PageFrame, nb: Translator
) -> None:
    assert """hx-headers:inherited='{"x-csrftoken": "0f5a"}'""" in problem(templates, nb, page)
