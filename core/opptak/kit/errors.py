"""Errors are classes named for the situation, with a status and a stable code.

OpptakError
├── NotFound              404  what was asked for is not there, or not yours to know of
├── NotAllowed            403  the action needs another role or relation
├── LoginRequired         401  nobody is logged in, or the session has ended
├── StrongerLoginRequired 401  the assurance level is too low for this
├── Conflict              409  the state has moved on: somebody else was first, or the step comes too late
├── Invalid               422  what was sent can't be accepted; carries one error a field
└── Unavailable           503  something we stand on does not answer right now

A domain subclasses these next to its rules. The text a person reads is the message `error.<code>`.
"""

from collections.abc import Mapping
from typing import ClassVar

__all__ = (
    "Conflict",
    "Invalid",
    "LoginRequired",
    "NotAllowed",
    "NotFound",
    "OpptakError",
    "StartRefused",
    "StrongerLoginRequired",
    "Unavailable",
)


class StartRefused(Exception):
    """A program can't start as things are; the message tells whoever runs it what to do."""


class OpptakError(Exception):
    """Base of all expected errors; `params` fill the placeholders of the message `error.<code>`."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, **params: str | int) -> None:
        super().__init__(self.code)
        self.params: Mapping[str, str | int] = params


class NotFound(OpptakError):
    """What was asked for is not there, or belongs to somebody else (which must look the same)."""

    status = 404
    code = "not_found"


class NotAllowed(OpptakError):
    """The action needs another role or relation."""

    status = 403
    code = "not_allowed"


class LoginRequired(OpptakError):
    """Nobody is logged in, or the session has ended."""

    status = 401
    code = "login_required"


class StrongerLoginRequired(OpptakError):
    """The login's assurance level is too low for what is asked."""

    status = 401
    code = "stronger_login_required"


class Conflict(OpptakError):
    """The state has moved on: somebody else was first, or the step comes too late."""

    status = 409
    code = "conflict"


class Invalid(OpptakError):
    """What was sent can't be accepted; `fields` maps a field's name to a message key."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, str] | None = None, **params: str | int) -> None:
        super().__init__(**params)
        self.fields: Mapping[str, str] = dict(fields or {})


class Unavailable(OpptakError):
    """Something we stand on does not answer right now; trying again later may help."""

    status = 503
    code = "unavailable"
