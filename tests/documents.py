"""Tenant documents for tests: the real folder of Nordreisa with the scriptable authorities plugged in."""

from pathlib import Path

import msgspec

from opptak.tenancy.config import PluginChoice, TenantDocument
from opptak.tenancy.folder import read_folder

__all__ = ("TENANTS", "nordreisa")

TENANTS = Path(__file__).parent.parent / "tenants"


def nordreisa(*, slug: str = "nordreisa") -> TenantDocument:
    """Return Nordreisa's document under another slug, standing on the fake authorities."""
    document = read_folder(TENANTS / "nordreisa")
    return msgspec.structs.replace(document, slug=slug, plugins={"fake": PluginChoice()})
