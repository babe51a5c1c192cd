"""What a tenant document may refer to in this installation, and what it may start from."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import click

from opptak.admission.criteria_cases import failing
from opptak.admission.criteria_lint import lint
from opptak.builtin import PLUGINS
from opptak.hooks.manager import PluginManager
from opptak.kit.i18n import PACKAGES, Catalogues
from opptak.kit.mistakes import Mistake
from opptak.tenancy.config import Criteria
from opptak.tenancy.soundness import Known

__all__ = ("TEMPLATES", "countries", "country_templates", "known_here", "wrong_criteria")

TEMPLATES = Path(str(files("opptak"))) / "countries"
"""A folder for each country; in a checkout a link to `tenants/_countries`, in a wheel the files."""

country_templates = click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=TEMPLATES,
    help="Folder of the countries' templates, in place of those that came along.",
)
"""Option of commands that start from a template."""


def countries(templates: Path) -> list[str]:
    """Return the countries that have a whole template; others have examples of criteria alone."""
    return sorted(file.parent.name for file in templates.glob("*/tenant.toml"))


def known_here() -> Known:
    """Return the installed plugins, texts, the languages of whole pages, and how criteria are looked over."""
    plugins = PluginManager.discover(PLUGINS).plugins
    catalogues = Catalogues.load((*PACKAGES, *(info.package for info in plugins.values() if info.package)))
    return Known(
        plugins=plugins,
        languages=Catalogues.load().complete,
        placeholders=catalogues.placeholders,
        texts=catalogues.keys,
        criteria=wrong_criteria,
    )


def wrong_criteria(criteria: Criteria, country: str) -> Iterator[Mistake]:
    """Yield what is wrong with a version of the criteria, and its cases that don't come out."""
    yield from lint(criteria, forbidden=_forbidden(country))
    yield from failing(criteria)


def _forbidden(country: str) -> Mapping[str, str]:
    """Return the attributes that nobody may be preferred for in a country, each with the law's basis."""
    rules = TEMPLATES / "forbidden.toml"
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(rules.read_text(encoding="utf-8"))
    return found.get(country, {})
