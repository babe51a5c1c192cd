"""May this subject do that? Roles are asked here; relations are asked by each domain's policy."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from opptak.authz.actions import Action, Role
from opptak.authz.enforcer import Enforcer
from opptak.kit.errors import LoginRequired, NotAllowed
from opptak.kit.subject import Space, Subject

__all__ = ("PUBLIC", "allowed", "require")

PUBLIC: None = None
"""What a handler names in place of an action when nobody needs to be logged in."""


class Policies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `policies.toml`: identity space → role → actions."""

    parents: Mapping[Role, frozenset[Action]]
    staff: Mapping[Role, frozenset[Action]]


@cache
def policies() -> Policies:
    """Return the policies; raises msgspec.ValidationError for a role or action that does not exist."""
    text = files("opptak.authz").joinpath("policies.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Policies)


@cache
def _enforcer(space: Space) -> Enforcer:
    return Enforcer(policies().parents if space is Space.PARENTS else policies().staff)


def allowed(subject: Subject, action: Action) -> bool:
    """Return whether one of the subject's roles allows the action; the platform itself may do everything."""
    if subject.space is Space.SYSTEM:
        return True
    enforcer = _enforcer(subject.space)
    return any(enforcer.allows(role, action) for role in subject.roles)


def require(subject: Subject, action: Action) -> None:
    """Raise LoginRequired when nobody is logged in, NotAllowed when the subject's roles do not suffice."""
    if allowed(subject, action):
        return
    known = subject.roles or subject.id is not None
    raise NotAllowed if known else LoginRequired
