"""Cookies of one request: those the browser sent, and those it gets."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import timedelta
from typing import TypeVar

import msgspec
from litestar.datastructures import Cookie

from opptak.kit.crypto import SealBroken
from opptak.tenancy.context import TenantContext

__all__ = ("Cookies",)

_LONGEST = 3500
"""Characters of a value; browsers refuse a cookie of more than 4096 bytes with its name and attributes."""

T = TypeVar("T")


class Cookies:
    """No script can read one of our cookies, and no other site's post brings one along."""

    def __init__(self, header: str, *, tenant: TenantContext, secure: bool) -> None:
        pairs = (part.strip().partition("=") for part in header.split(";"))
        self._received = {name: value for name, _, value in pairs}
        self._tenant = tenant
        self._secure = secure
        self.to_set: list[Cookie] = []
        """They leave with the response whatever becomes of the request."""

    def get(self, name: str, *, path: str = "/") -> str:
        """Return a cookie's value; empty when the browser sent none."""
        return self._received.get(self._full(name, path), "")

    def set(self, name: str, value: str, *, path: str = "/", max_age: timedelta | None = None) -> None:
        """Hand out a cookie; without `max_age` it ends with the browser."""
        self.to_set.append(
            Cookie(
                key=self._full(name, path),
                value=value,
                path=path,
                max_age=None if max_age is None else int(max_age.total_seconds()),
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )
        )

    def drop(self, name: str, *, path: str = "/") -> None:
        """Delete a cookie, if the browser has it."""
        if self.get(name, path=path):
            self.set(name, "", path=path, max_age=timedelta())

    def seal(self, name: str, value: object, *, max_age: timedelta) -> bool:
        """Hand out a value only we can read, for a while; False, and nothing set, when it is too long."""
        until = (self._tenant.clock.now() + max_age).timestamp()
        content = zlib.compress(msgspec.msgpack.encode((until, value)))
        sealed = self._tenant.keys.seal(content, _place(name))
        text = urlsafe_b64encode(sealed).rstrip(b"=").decode()
        if len(text) > _LONGEST:
            return False
        self.set(name, text, max_age=max_age)
        return True

    def unseal(self, name: str, kind: type[T]) -> T | None:
        """Return what a sealed cookie holds; None when it is missing, too old or not ours."""
        text = self.get(name)
        if not text:
            return None
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            content = zlib.decompress(self._tenant.keys.open(sealed, _place(name)))
            until, value = msgspec.msgpack.decode(content, type=tuple[float, msgspec.Raw])
            opened = msgspec.msgpack.decode(value, type=kind)
        except (Base64Error, SealBroken, msgspec.MsgspecError, ValueError):
            return None
        return opened if until >= self._tenant.clock.now().timestamp() else None

    def _full(self, name: str, path: str) -> str:
        # The prefixes make browsers refuse the cookie from a neighbour host or over plain http.
        if not self._secure:
            return name
        return f"__Host-{name}" if path == "/" else f"__Secure-{name}"


def _place(name: str) -> str:
    return f"cookie.{name}|"
