"""What a tenant document may refer to in this installation, and what it may start from."""

from importlib.resources import files
from pathlib import Path

import click

from opptak.admission.schemas import Fact
from opptak.builtin import PLUGINS
from opptak.hooks.manager import PluginManager
from opptak.kit.i18n import PACKAGES, Catalogues
from opptak.tenancy.soundness import Known

__all__ = ("TEMPLATES", "country_templates", "known_here")

TEMPLATES = Path(str(files("opptak"))) / "countries"
"""A folder for each country; in a checkout a link to `tenants/_countries`, in a wheel the files."""

country_templates = click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=TEMPLATES,
    help="Folder of the countries' templates, in place of those that came along.",
)
"""Option of commands that start from a template."""


def known_here() -> Known:
    """Return the installed plugins, the facts criteria may test, and the texts of platform and plugins."""
    plugins = PluginManager.discover(PLUGINS).plugins
    catalogues = Catalogues.load((*PACKAGES, *(info.package for info in plugins.values() if info.package)))
    return Known(
        plugins=plugins,
        facts=frozenset(fact.value for fact in Fact),
        languages=catalogues.languages,
        placeholders=catalogues.placeholders,
        texts=catalogues.keys,
    )
