"""What `opptak onboard` does with a folder that has no mistakes, step by step."""

import asyncio
import secrets
import time
from datetime import date

import httpx
import msgspec

from opptak.audit.service import record
from opptak.authz.actions import Role
from opptak.builtin import facilities
from opptak.commands.onboard_consent import ConsentMissing, namesakes, what_would_go
from opptak.commands.onboard_folder import Plan
from opptak.facilities.schemas import ImportReport
from opptak.facilities.service import Facilities
from opptak.hooks.errors import Outcome
from opptak.hooks.manager import FAMILIES
from opptak.hooks.plugin import PluginState
from opptak.hooks.providers import (
    AdministrationSystem,
    ContactRegister,
    DeliveryChannel,
    PopulationRegister,
    Provider,
)
from opptak.identity.staff import Staff
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.service import Applied
from opptak.tenancy.store import PluginStore

__all__ = ("NotForTraining", "Onboarded", "onboard")

_ANSWER_SECONDS = 5.0
_NEEDED: tuple[type[Provider], ...] = (
    PopulationRegister,
    ContactRegister,
    DeliveryChannel,
    AdministrationSystem,
)
"""Families without which a round can be prepared, but not go through all its steps."""


class NotForTraining(Exception):
    """The municipality is there already, and real."""


class Onboarded(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, for people to read."""

    address: str
    applied: Applied
    imported: ImportReport | None
    """None where no register of facilities could be asked; the reason is among the `gaps`."""
    seats: int
    administrator: str
    password: str
    """Made here and kept nowhere; empty where the account was there already."""
    gaps: tuple[str, ...]
    """What can't be done yet, each with the reason."""
    namesakes: tuple[str, ...]
    """Who else has one of its municipality numbers."""
    answers: str
    """How the host answers; empty while nothing serves it."""


async def onboard(
    runtime: Runtime, plan: Plan, *, author: str, administrator: str = "", consent: bool = False
) -> Onboarded:
    """Bring a municipality to life, or up to date.

    Raises HostTaken, NotForTraining; without `consent`, ConsentMissing when it would become another one or
    lose a house with children.
    """
    document = plan.document
    stored = await runtime.catalogue.document(document.slug)
    if stored is not None and not stored.training:
        raise NotForTraining(document.slug)
    if stored is not None and not consent and (lines := await what_would_go(runtime, plan, stored)):
        raise ConsentMissing(document.slug, lines)
    await runtime.catalogue.require_hosts([document])
    applied = await runtime.catalogue.apply(document, author=author)
    tenant = await runtime.tenants.by_slug(document.slug)
    if tenant is None:
        raise LookupError(document.slug)
    if plan.facilities is not None:
        store = PluginStore(runtime.database, tenant.id, facilities.PLUGIN, keys=tenant.keys)
        await store.put(facilities.FILE, plan.facilities)
    imported, gaps = await _import(runtime, tenant)
    seats, empty = await _seats(runtime, tenant)
    email = administrator or f"administrator@{tenant.slug}.example"
    return Onboarded(
        address=tenant.base_url,
        applied=applied,
        imported=imported,
        seats=seats,
        administrator=email,
        password=await _engage(runtime, tenant, email),
        gaps=(*gaps, *empty, *await _gaps(tenant)),
        namesakes=tuple(await namesakes(runtime, document)),
        answers=await _answers(runtime, tenant),
    )


async def _import(runtime: Runtime, tenant: TenantContext) -> tuple[ImportReport | None, list[str]]:
    try:
        async with runtime.work(tenant) as work:
            found = await Facilities(work).import_register()
    except Outcome as outcome:
        hint = outcome.hint or f"plugin.outcome.{type(outcome).__name__.lower()}"
        return None, [f"facilities: {_words(tenant, hint)}"]
    numbers = ", ".join(tenant.document.municipalities)
    return found, [] if found.facilities else [f"facilities: the register lists no house in {numbers}"]


async def _seats(runtime: Runtime, tenant: TenantContext) -> tuple[int, list[str]]:
    """Return the places on the last round's first day, and a line when there are houses without any."""
    starts = max((round_.starts_on for round_ in tenant.document.rounds), default=date.max)
    async with runtime.work(tenant) as work:
        programs = await Facilities(work).programs(starts)
        houses = await Facilities(work).offerable()
    having = {program.facility_id for program in programs if program.seats}
    empty = ", ".join(house.name for house in houses if house.id not in having)
    return sum(program.seats for program in programs), [f"places: none in {empty}"] if empty else []


async def _engage(runtime: Runtime, tenant: TenantContext, email: str) -> str:
    """Make the first administrator; return the password, or nothing when there is one already."""
    async with runtime.work(tenant) as work:
        staff = Staff(work)
        accounts = await staff.list_all()
        if any(grant.role is Role.ADMINISTRATOR for account in accounts for grant in account.roles):
            return ""
        password = secrets.token_urlsafe(15)
        account = await staff.add(
            email=email, name="Administrator", roles=[Role.ADMINISTRATOR], password=password
        )
        record(work, "staff.add", "staff_account", account)
        return password


async def _gaps(tenant: TenantContext) -> list[str]:
    """Return what the enabled plugins lack, and what no plugin gives."""
    wanted = tenant.document.enabled_plugins()
    unready = [
        f"{name}: {_words(tenant, f'plugin.state.{state}')}"
        for name, state in tenant.plugins.states.items()
        if name in wanted and state is not PluginState.HEALTHY
    ]
    missing = [
        _words(tenant, f"plugin.missing.{family.__name__.lower()}")
        for family in _NEEDED
        if tenant.plugins.first(family) is None
    ]
    return unready + missing + await _silent(tenant)


async def _silent(tenant: TenantContext) -> list[str]:
    """Return which of the providers in use don't pass their own check."""
    in_use = {id(found): found for family in FAMILIES if (found := tenant.plugins.first(family))}
    providers = list(in_use.values())
    reports = await asyncio.gather(*(provider.check() for provider in providers))
    return [
        f"{provider.name}: {_words(tenant, report.hint)}"
        for provider, report in zip(providers, reports, strict=True)
        if not report.ok
    ]


def _words(tenant: TenantContext, key: str) -> str:
    return tenant.translator("en")(key)


async def _answers(runtime: Runtime, tenant: TenantContext) -> str:
    """Ask the tenant's front page of the server here, by its own host."""
    settings = runtime.settings
    url = httpx.URL(tenant.base_url)
    here = url if url.scheme == "https" else url.copy_with(host=settings.host)
    began = time.perf_counter()
    try:
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
            answer = await client.get(here, headers={"Host": url.netloc.decode()})
    except httpx.TransportError:
        return ""
    return f"{answer.status_code} in {(time.perf_counter() - began) * 1000:.0f} ms"
