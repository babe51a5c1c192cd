"""What a piece of work inside one tenant stands on: the tenant, the session, who acts, and the clock."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from opptak.hooks.types import Area
from opptak.kit.clock import Clock, today
from opptak.kit.crypto import TenantKeys
from opptak.kit.db import TenantSession
from opptak.kit.files import TenantFiles
from opptak.kit.i18n import Catalogues, Translator
from opptak.kit.subject import Subject
from opptak.tenancy.config import Criteria, TenantDocument
from opptak.tenancy.plugins import TenantPlugins

__all__ = ("TenantContext", "Work")


class TenantContext(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant at one version of its document; made once and shared by requests and jobs."""

    id: UUID
    version: int
    document: TenantDocument
    keys: TenantKeys
    files: TenantFiles
    plugins: TenantPlugins
    clock: Clock
    catalogues: Catalogues
    host: str
    """The host to show, of those the tenant answers at."""
    base_url: str
    """Where the tenant's parents' portal answers, without a slash at the end."""

    @property
    def slug(self) -> str:
        """The tenant's short name."""
        return self.document.slug

    @property
    def area(self) -> Area:
        """The tenant's territory."""
        return Area(country=self.document.country, municipalities=self.document.municipalities)

    @property
    def default_language(self) -> str:
        """The language used when nobody has chosen."""
        return self.document.languages[0]

    def today(self) -> date:
        """Return the calendar day in the tenant's time zone."""
        return today(self.clock, self.document.time_zone)

    def criteria(self) -> Criteria:
        """Return the criteria in force today."""
        return self.document.criteria_on(self.today())

    def language(self, *wished: str) -> str:
        """Return the first wished language the tenant offers, else its default."""
        return next((code for code in wished if code in self.document.languages), self.default_language)

    def translator(self, language: str) -> Translator:
        """Return the texts in a language, with the tenant's own ones."""
        chain: Mapping[str, tuple[str, ...]] = self.document.fallbacks
        return self.catalogues.translator(
            language, fallbacks=chain.get(language), overrides=self.document.texts
        )


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of work: one transaction inside one tenant, by one subject. The edge commits it, nobody else."""

    tenant: TenantContext
    session: TenantSession
    subject: Subject
    trace: str = ""
    """Ties log lines, audit entries and outbox rows of one request or job together."""

    @property
    def now(self) -> datetime:
        """The current instant of the injected clock."""
        return self.tenant.clock.now()
