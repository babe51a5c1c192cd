"""A form posted after the login ran out is kept for its writer, sealed in a cookie, until they are back.

It is handed back on the page it was posted from, and only to the person whose login had ended.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from opptak.webkit.forms import CSRF_FIELD, Form
from opptak.webkit.redirects import local_address
from opptak.webkit.visit import Visit

__all__ = ("STASH_COOKIE", "form_page", "keep_form", "stashed_form")

STASH_COOKIE = "stash"
_KEPT = timedelta(minutes=20)


class _Stash(msgspec.Struct, frozen=True):
    path: str
    writer: UUID
    fields: Mapping[str, Sequence[str]]


def form_page(visit: Visit) -> str:
    """Return the address a form was posted from: what the browser says if it is ours, else the form's own."""
    came_from = urlsplit(visit.headers.get("referer", ""))
    if came_from.netloc != visit.headers.get("host"):
        return visit.path
    return local_address(f"{came_from.path}?{came_from.query}".rstrip("?"))


def keep_form(visit: Visit, writer: UUID) -> bool:
    """Keep the posted form for its writer; False when it is too long for a cookie."""
    fields = dict(visit.form.fields) if visit.form else {}
    fields.pop(CSRF_FIELD, None)
    return bool(fields) and visit.cookies.seal(
        STASH_COOKIE, _Stash(urlsplit(form_page(visit)).path, writer, fields), max_age=_KEPT
    )


def stashed_form(visit: Visit) -> Form | None:
    """Return what the one who is logged in had filled in on this page."""
    kept = visit.cookies.unseal(STASH_COOKIE, _Stash)
    if kept is None or kept.path != visit.path or kept.writer != visit.subject.id:
        return None
    visit.stash_shown = True
    return Form(kept.fields)
