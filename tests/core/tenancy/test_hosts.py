"""Host names, and whose they are."""

import asyncio

import msgspec
import pytest

from opptak.commands.knowing import known_here
from opptak.runtime import Runtime
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.context import TenantContext
from opptak.tenancy.hosts import Addresses, HostInvalid, host_name, requested_host
from opptak.tenancy.service import HostReserved, HostTaken
from opptak.tenancy.soundness import find_unsound

ADDRESSES = Addresses("opptak.example", "https://{host}")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Barnehage.Kommune.example", "barnehage.kommune.example"),
        ("søknad.kåfjord.example", "xn--sknad-vua.xn--kfjord-iua.example"),
        ("XN--KFJORD-IUA.example", "xn--kfjord-iua.example"),
        ("kommune.example.", "kommune.example"),
    ],
)
def test_host_is_written_as_browsers_send_it(written: str, name: str) -> None:
    assert host_name(written) == name


@pytest.mark.parametrize(
    "written",
    ["", "https://a.example", "a.example:80", "a_b.example", "10.0.0.1", "-a.example", "a..b", "[::1]"],
)
def test_what_is_no_host_name_is_refused(written: str) -> None:
    with pytest.raises(HostInvalid):
        host_name(written)


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("A.example:8400", "a.example"),
        ("a.example.:443", "a.example"),
        ("[::1]:8400", "[::1]"),
        ("a.example:80@evil.example", None),
        ("a.example/evil", None),
        ("::1", None),
        ("", None),
    ],
)
def test_host_header_is_read_without_port_case_and_final_dot(header: str, host: str | None) -> None:
    assert requested_host(header) == host


def test_first_own_host_is_the_one_to_show(tenant: TenantContext) -> None:
    own = msgspec.structs.replace(tenant.document, hosts=("Søknad.example", "b.example"))
    under_base = f"{tenant.slug}.opptak.example"
    assert ADDRESSES.hosts(own) == ("xn--sknad-vua.example", "b.example", under_base)
    assert ADDRESSES.url(own) == "https://xn--sknad-vua.example"
    assert ADDRESSES.url(tenant.document) == f"https://{under_base}"


@pytest.mark.parametrize("host", ["localhost", "somebody-else.localhost", "deep.er.localhost"])
async def test_hosts_under_the_platforms_domain_are_given_and_not_claimed(
    runtime: Runtime, tenant: TenantContext, host: str
) -> None:
    greedy = msgspec.structs.replace(tenant.document, hosts=(host,))
    with pytest.raises(HostReserved):
        await runtime.catalogue.apply(greedy, author="test")


async def test_two_who_want_a_host_at_the_same_time_do_not_both_get_it(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    wanted = (f"{tenant.slug}.example", f"{other_tenant.slug}.example")
    outcomes = await asyncio.gather(
        runtime.catalogue.apply(_with_hosts(tenant.document, *wanted), author="a"),
        runtime.catalogue.apply(_with_hosts(other_tenant.document, *reversed(wanted)), author="b"),
        return_exceptions=True,
    )
    [refused] = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert isinstance(refused, HostTaken)
    assert refused.params["host"] in wanted
    owners = {found.id for host in wanted if (found := await runtime.tenants.at_host(host))}
    assert len(owners) == 1


def _with_hosts(document: TenantDocument, *hosts: str) -> TenantDocument:
    return msgspec.structs.replace(document, hosts=hosts)


def test_host_that_is_none_is_a_mistake_in_the_document(tenant: TenantContext) -> None:
    wrong = _with_hosts(tenant.document, "good.example", "https://bad.example")
    mistakes = [one for one in find_unsound(wrong, known_here()) if one.path[0] == "hosts"]
    assert [one.path for one in mistakes] == [("hosts", 1)]
