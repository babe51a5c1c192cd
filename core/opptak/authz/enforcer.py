"""casbin behind types: the one module that imports it."""

from collections.abc import Mapping, Set

import casbin

from opptak.authz.actions import Action, Role

__all__ = ("Enforcer",)

_MODEL = """
[request_definition]
r = role, action
[policy_definition]
p = role, action
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.role == p.role && r.action == p.action
"""


class Enforcer:
    """One set of policies, role → actions, with every decision remembered.

    Keep it small: a question that was not asked before costs time for each policy.
    """

    def __init__(self, policies: Mapping[Role, Set[Action]]) -> None:
        model = casbin.Model()
        model.load_model_from_text(_MODEL)
        self._casbin = casbin.Enforcer(model)
        self._casbin.add_policies(
            [[role.value, action.value] for role, actions in policies.items() for action in actions]
        )
        self._decisions: dict[tuple[str, Action], bool] = {}

    def allows(self, role: str, action: Action) -> bool:
        """Return whether the role may do the action; an unknown role may do nothing."""
        question = (role, action)
        known = self._decisions.get(question)
        if known is None:
            known = bool(self._casbin.enforce(role, action.value))
            self._decisions[question] = known
        return known
