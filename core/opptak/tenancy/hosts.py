"""Host names: how one is written, which ones a tenant answers at, and which of them is the one to show."""

import re
from collections.abc import Iterator

import idna
import msgspec

from opptak.tenancy.config import TenantDocument

__all__ = ("Addresses", "HostInvalid", "host_name", "requested_host")

_LONGEST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_REQUESTED = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host name or address with or without a port, and nothing that would make an address lead elsewhere."""


class HostInvalid(ValueError):
    """What was given is no host name: letters, digits, hyphens and dots, without scheme, port or path."""


def host_name(written: str) -> str:
    """Return a host name as browsers send it: in lower case, other letters than a–z as `xn--…`.

    Raises HostInvalid; an address in numbers is no name.
    """
    try:
        name = idna.encode(written.strip().removesuffix("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise HostInvalid(written) from error
    labels = name.split(".")
    if len(name) > _LONGEST or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise HostInvalid(written)
    return name


def requested_host(header: str) -> str | None:
    """Return the host of a Host header without port and final dot, or None for what is no host."""
    found = _REQUESTED.fullmatch(header)
    return found.group("host").lower().removesuffix(".") if found else None


class Addresses(msgspec.Struct, frozen=True):
    """Where the platform and its tenants answer."""

    base_domain: str
    url_template: str
    """Address of a host, with `{host}`."""

    def hosts(self, document: TenantDocument) -> tuple[str, ...]:
        """Return the hosts a tenant answers at, the one to show first; raises HostInvalid."""
        own = map(host_name, document.hosts)
        return tuple(dict.fromkeys((*own, f"{document.slug}.{self.base_domain}")))

    def canonical(self, document: TenantDocument) -> str:
        """Return the host to show: the first of the tenant's own, else the one under the base domain."""
        return self.hosts(document)[0]

    def url(self, document: TenantDocument) -> str:
        """Return where a tenant's portal answers, without a slash at the end."""
        return self.url_template.format(host=self.canonical(document))

    def reserved(self, document: TenantDocument) -> Iterator[str]:
        """Yield hosts that no document may claim: the platform's own, and those made of short names."""
        for host in self.hosts(document):
            inside = host == self.base_domain or host.endswith(f".{self.base_domain}")
            if inside and host != f"{document.slug}.{self.base_domain}":
                yield host
