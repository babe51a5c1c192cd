"""The TestID page: plain HTML in four languages, without a line of script."""

import tomllib
from functools import cache

from minijinja import Environment

from opptak_simulators.no.idporten.protocol import UI_LOCALES, AuthorizeRequest, Level
from opptak_simulators.no.samples import Samples
from opptak_simulators.society.places import DATA

_SHOWN = 12


@cache
def texts(locale: str) -> dict[str, str]:
    """The page's words in a language."""
    return tomllib.loads((DATA / "testid" / f"{locale}.toml").read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    page = (DATA / "testid" / "page.html").read_text(encoding="utf-8")
    return Environment(templates={"page.html": page})


def stylesheet() -> str:
    return (DATA / "testid" / "page.css").read_text(encoding="utf-8")


def render(
    request: AuthorizeRequest,
    *,
    transaction: str,
    locale: str,
    samples: Samples,
    query: str = "",
    pid: str = "",
    failed: bool = False,
) -> str:
    """The page; `failed` shows why the number that was typed will not do."""
    found = samples.find(query) if query else samples.parents()
    return _environment().render_template(
        "page.html",
        t=texts(locale),
        locale=locale,
        locales=[(tag, texts(tag)["language"]) for tag in UI_LOCALES],
        transaction=transaction,
        query=query,
        pid=pid,
        failed=failed,
        wanted=request.level,
        levels=[(level, texts(locale)[f"level_{level.name.lower()}"]) for level in Level],
        parents=found[:_SHOWN],
    )
