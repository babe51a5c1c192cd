"""What `opptak onboard` wants a yes to: another municipality in its place, a house with children closed."""

from opptak.builtin import facilities
from opptak.commands.onboard_folder import Plan
from opptak.facilities.service import Facilities
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.context import TenantContext
from opptak.tenancy.opening import TenantClosed

__all__ = ("ConsentMissing", "namesakes", "what_would_go")


class ConsentMissing(Exception):
    """The folder would take something from people who rely on it; each of the lines says what."""

    def __init__(self, slug: str, lines: list[str]) -> None:
        super().__init__(slug)
        self.lines = lines


async def what_would_go(runtime: Runtime, plan: Plan, stored: TenantDocument) -> list[str]:
    """Return what nobody would expect of bringing a municipality up to date."""
    asked = plan.document
    lines = [
        f"{key}: `{before}` would become `{after}`"
        for key, before, after in (
            ("name", stored.name, asked.name),
            ("municipalities", ", ".join(stored.municipalities), ", ".join(asked.municipalities)),
        )
        if before != after
    ]
    tenant = await runtime.tenants.by_slug(asked.slug)
    return lines + (await _closing(runtime, tenant, plan.facilities) if tenant and plan.facilities else [])


async def namesakes(runtime: Runtime, document: TenantDocument) -> list[str]:
    """Return who else has one of the document's municipality numbers."""
    numbers = {*document.municipalities}
    return [
        f"{found.slug} has {', '.join(sorted(shared))} too"
        async for found in runtime.tenants.each()
        if not isinstance(found, TenantClosed)
        and found.slug != document.slug
        and found.document.country == document.country
        and (shared := numbers & {*found.document.municipalities})
    ]


async def _closing(runtime: Runtime, tenant: TenantContext, sheet: bytes) -> list[str]:
    """Return the houses that the sheet leaves out though children have a place there."""
    kept = {row.register_id for row in facilities.read_facilities(sheet)[0] if row.active}
    async with runtime.work(tenant) as work:
        houses = await Facilities(work).own()
        gone = {house.id: house for house in houses if house.active and house.register_id not in kept}
        held = await Placements(work).children_in(gone)
    return [
        f"{facilities.FILE}: {gone[house].name} ({gone[house].register_id}) would close; "
        f"children with a place there: {children}"
        for house, children in held.items()
    ]
