"""Posts that another site makes in a visitor's name are refused twice over.

The browser says where a request comes from (Fetch Metadata, or Origin): checked for every unsafe request. And
each form carries a token: that of the login, or, before a login, one that a cookie has as well.
"""

import secrets
from urllib.parse import urlsplit

from opptak.kit.errors import NotAllowed
from opptak.webkit.forms import CSRF_FIELD
from opptak.webkit.visit import Visit

__all__ = ("FormExpired", "begin_anonymous_form", "csrf_token", "from_elsewhere", "require_token")

_COOKIE = "form"
_HEADER = "x-csrftoken"


class FormExpired(NotAllowed):
    """The form belongs to another login, or comes from another site."""

    code = "form_expired"


def csrf_token(visit: Visit) -> str:
    """Return the token for the page's forms; empty while nobody is logged in and no form was begun."""
    return visit.login.csrf if visit.login else visit.anonymous_csrf


def begin_anonymous_form(visit: Visit) -> None:
    """Give a page that is drawn before a login a token for its form."""
    if visit.login is None:
        visit.anonymous_csrf = visit.cookies.get(_COOKIE) or secrets.token_urlsafe(24)
        visit.cookies.set(_COOKIE, visit.anonymous_csrf)


def require_token(visit: Visit) -> None:
    """Check the token of an unsafe request; raises FormExpired."""
    expected = visit.login.csrf if visit.login else visit.cookies.get(_COOKIE)
    sent = visit.headers.get(_HEADER) or (visit.form.get(CSRF_FIELD) if visit.form else "")
    if not expected or not secrets.compare_digest(sent.encode(), expected.encode()):
        raise FormExpired


def from_elsewhere(visit: Visit) -> bool:
    """Return whether the browser says that the request comes from another site than the one it goes to."""
    site = visit.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = visit.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != visit.headers.get("host")
