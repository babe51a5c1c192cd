"""Nothing one tenant leaves in a process is found by another, and no query runs outside a tenant by mistake.

Each place is listed with the reason why it is safe; a new one fails until somebody has thought about it.
"""

import ast
from collections.abc import Mapping

from tests.isolation.source import kept, product_modules, unscoped

_PURE = "what a function of its arguments alone returns"
_REGISTRY = "code that registers itself at import, the same for all"
_OF_TENANT = "belongs to one tenant's context"
_OF_REQUEST = "ends with the request or the job"

KEPT: Mapping[str, str] = {
    "core/opptak/admission/prefill.py:Houses._bands": _OF_REQUEST,
    "core/opptak/allocation/building.py:_Builder._ruled": _OF_REQUEST,
    "core/opptak/allocation/building.py:_Builder._units": _OF_REQUEST,
    "core/opptak/authz/check.py:_enforcer": "the policies are the platform's, by identity space",
    "core/opptak/authz/check.py:policies": "the policies are the platform's",
    "core/opptak/authz/enforcer.py:Enforcer._decisions": "role and action, whose policy is the platform's",
    "core/opptak/errands/kinds.py:_registry": _REGISTRY,
    "core/opptak/hooks/breaker.py:_Guarded._breakers": "by host, of one plugin's client in " + _OF_TENANT,
    "core/opptak/hooks/manager.py:PluginManager._failures": "which plugins could not be loaded",
    "core/opptak/hooks/manager.py:PluginManager._info": "which plugins are installed",
    "core/opptak/identity/issuers.py:Issuers._keys": "an issuer's public keys, by its address",
    "core/opptak/identity/issuers.py:Issuers._metadata": "an issuer's public metadata, by its address",
    "core/opptak/identity/throttle.py:Throttle._full_at": "keyed by tenant, and by account or address",
    "core/opptak/kit/claiming.py:Rotation._last": "which tenant was served last, by priority",
    "core/opptak/kit/claiming.py:_claim": "a statement without values",
    "core/opptak/kit/db.py:Database._engines": "by database role; the tenant is set per transaction",
    "core/opptak/kit/i18n.py:_load": "the catalogues; a tenant's own texts are in its context",
    "core/opptak/kit/logs.py:Seldom._said": "when a warning was told last",
    "core/opptak/kit/outbox.py:_beginning": "a statement without values",
    "core/opptak/kit/outbox.py:_not_yet": "a statement without values",
    "core/opptak/kit/pdf.py:_compiler": "compiled templates, which are the platform's",
    "core/opptak/tenancy/directory.py:TenantDirectory._hosts": "host to tenant, which anybody may know",
    "core/opptak/tenancy/directory.py:TenantDirectory._known": "keyed by tenant",
    "core/opptak/tenancy/directory.py:TenantDirectory._opening": "keyed by tenant",
    "core/opptak/tenancy/folder.py:_Files._broken": "one reading of a folder",
    "core/opptak/tenancy/folder.py:_Files.lines": "one reading of a folder",
    "core/opptak/tenancy/jobs.py:_registry": _REGISTRY,
    "core/opptak/tenancy/plugins.py:TenantPlugins._made": _OF_TENANT,
    "core/opptak/ui/assets.py:assets": "files of the program",
    "core/opptak/ui/colours.py:luminance": _PURE,
    "core/opptak/ui/colours.py:scale": _PURE,
    "core/opptak/ui/dates.py:_locale": _PURE,
    "core/opptak/ui/dates.py:format_date": _PURE,
    "core/opptak/ui/engine.py:Templates._folders": "files of the program",
    "core/opptak/ui/theme.py:theme_css": _PURE,
    "core/opptak/ui/theme.py:theme_digest": _PURE,
    "core/opptak/webkit/cookies.py:Cookies.to_set": _OF_REQUEST,
    "core/opptak/webkit/languages.py:choices": _PURE,
    "core/opptak/webkit/metrics.py:Metrics._buckets": "by route, never by tenant or person",
    "core/opptak/webkit/metrics.py:Metrics._requests": "by route, never by tenant or person",
    "core/opptak/webkit/metrics.py:Metrics._seconds": "by route, never by tenant or person",
    "core/opptak/webkit/screen.py:_brand": _PURE,
    "core/opptak/worker.py:WorkerProcess._tasks": "the process's own loops",
    "plugins/registry_no/opptak_registry_no/rules.py:read_rules": "a country's law",
}
"""What outlives a request."""

UNSCOPED: Mapping[str, str] = {
    "core/opptak/kit/db.py:AsyncSession": "the one place sessions are made",
    "core/opptak/kit/db.py:connect": "to listen and to lead, without a query",
    "core/opptak/kit/db.py:create_async_engine": "the one place engines are made",
    "core/opptak/kit/db.py:engine": "the one place engines are used",
    "core/opptak/kit/postgres.py:connect": "the embedded server, before anything else runs",
    "core/opptak/relay.py:unscoped": "as the relay: rows that hold ids",
    "core/opptak/scheduler.py:unscoped": "as the relay: rows that hold ids",
    "core/opptak/tenancy/directory.py:unscoped": "which tenant a host belongs to",
    "core/opptak/tenancy/service.py:unscoped": "as the platform: the tenant catalogue",
    "core/opptak/tenancy/watching.py:connect": "to listen, without a query",
    "core/opptak/webkit/health.py:unscoped": "whether the database answers",
    "core/opptak/webkit/job_metrics.py:unscoped": "as the relay: how many rows wait",
}
"""What reaches the database outside any tenant."""


def test_everything_kept_between_requests_is_accounted_for() -> None:
    found = {f"{path}:{name}" for path, module in product_modules() for name in kept(module)}
    assert sorted(found) == sorted(KEPT)


def test_every_query_outside_a_tenant_is_accounted_for() -> None:
    found = {f"{path}:{name}" for path, module in product_modules() for name in unscoped(module)}
    assert sorted(found) == sorted(UNSCOPED)


def test_planted_caches_are_found() -> None:
    planted = ast.parse(
        """
from functools import lru_cache
_by_id = {}
_seen: dict[str, str] = dict()
@lru_cache(maxsize=None)
def name_of(person): ...
class Names:
    shared = []
    def __init__(self):
        self._known = OrderedDict()
        for one in ("a",):
            self._late: dict[str, str] = {}
class View(Struct, frozen=True):
    items: list[str] = []
"""
    )
    assert set(kept(planted)) == {
        "Names._known",
        "Names._late",
        "Names.shared",
        "_by_id",
        "_seen",
        "name_of",
    }


def test_planted_unscoped_query_is_found() -> None:
    planted = ast.parse(
        """
async def everybody(runtime):
    async with runtime.database.unscoped(Role.APP) as session:
        return await session.scalars(select(Person))
def past_everything(url):
    return create_engine(url)
"""
    )
    assert sorted(unscoped(planted)) == ["create_engine", "unscoped"]
