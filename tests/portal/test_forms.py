"""What parents post, read."""

from uuid import UUID

import pytest

from opptak.kit.errors import Invalid
from opptak.kit.ids import new_id
from opptak.webkit import Form
from opptak_portal.forms import WishesForm, moved, read_answers

A, B, C = new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("move", "after"),
    [
        ("", (A, B, C)),
        ("up:2", (B, A, C)),
        ("up:1", (A, B, C)),
        ("down:1", (B, A, C)),
        ("down:3", (A, B, C)),
        ("remove:2", (A, C)),
        ("up:9", (A, B, C)),
        ("up:0", (A, B, C)),
        ("up:x", (A, B, C)),
        ("add", (A, B, C)),
        ("nonsense", (A, B, C)),
    ],
)
def test_button_moves_its_wish(move: str, after: tuple[UUID, ...]) -> None:
    assert moved(WishesForm(version=1, wishes=(A, B, C), move=move)) == after


def test_house_is_added_last_and_once() -> None:
    assert moved(WishesForm(version=1, wishes=(A,), move="add", add=B)) == (A, B)
    assert moved(WishesForm(version=1, wishes=(A, B), move="add", add=B)) == (A, B)
    assert moved(WishesForm(version=1, wishes=(A,), add=B)) == (A,)


def test_answers_that_are_missing_are_told_in_the_order_of_the_page() -> None:
    with pytest.raises(Invalid) as refused:
        read_answers(Form({"version": ["1"]}), whole=True)

    assert list(refused.value.fields) == ["start_on", "days_per_week"]


def test_answers_of_a_draft_may_have_gaps() -> None:
    given = read_answers(Form({"version": ["3"], "days_per_week": ["4"]}), whole=False)

    assert (given.version, given.start_on, given.days_per_week) == (3, None, 4)


def test_answers_without_a_version_are_refused() -> None:
    with pytest.raises(Invalid):
        read_answers(Form({}), whole=False)
