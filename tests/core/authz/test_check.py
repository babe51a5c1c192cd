"""Who may do what."""

import pytest

from opptak.authz.actions import Action, Role
from opptak.authz.check import allowed, policies, require
from opptak.kit.errors import LoginRequired, NotAllowed
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Space, Subject


def _subject(space: Space, *roles: str) -> Subject:
    return Subject(space=space, id=new_id(), roles=frozenset(roles))


def test_every_action_belongs_to_somebody_and_own_ones_to_guardians_alone() -> None:
    given = policies()
    guardians = given.parents[Role.GUARDIAN]
    staff = frozenset[Action]().union(*given.staff.values())
    assert guardians | staff == set(Action)
    assert guardians == {action for action in Action if action.startswith("own_")}
    assert not guardians & staff
    assert set(given.staff) == set(Role) - {Role.GUARDIAN}


def test_who_prepares_an_allocation_does_not_release_it() -> None:
    case_worker = _subject(Space.STAFF, Role.CASE_WORKER)
    approver = _subject(Space.STAFF, Role.APPROVER)
    steps = (Action.RUN_COMPUTE, Action.RUN_RELEASE)
    assert [allowed(case_worker, step) for step in steps] == [True, False]
    assert [allowed(approver, step) for step in steps] == [False, True]
    assert allowed(_subject(Space.STAFF, Role.CASE_WORKER, Role.APPROVER), Action.RUN_RELEASE)


@pytest.mark.parametrize("action", Action)
def test_role_of_one_space_means_nothing_in_the_other(action: Action) -> None:
    assert not allowed(_subject(Space.PARENTS, *(role for role in Role if role is not Role.GUARDIAN)), action)
    assert not allowed(_subject(Space.STAFF, Role.GUARDIAN, "invented"), action)
    assert allowed(SYSTEM, action)


def test_require_tells_strangers_from_those_without_the_role() -> None:
    with pytest.raises(LoginRequired):
        require(Subject(space=Space.STAFF), Action.TODAY_READ)
    with pytest.raises(NotAllowed):
        require(_subject(Space.STAFF), Action.TODAY_READ)
    with pytest.raises(NotAllowed):
        require(_subject(Space.STAFF, Role.AUDITOR), Action.TODAY_READ)
    require(_subject(Space.STAFF, Role.LEADER), Action.TODAY_READ)
