"""Where a browser may be sent: to a page of ours, never to an address somebody else put into a link."""

import re

__all__ = ("local_address",)

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path with query: printable ASCII, no backslash, and no second slash, which would begin a host."""


def local_address(wanted: str, *, otherwise: str = "/") -> str:
    """Return the address if it is a path of this host, else the other one."""
    return wanted if _LOCAL.fullmatch(wanted) else otherwise
