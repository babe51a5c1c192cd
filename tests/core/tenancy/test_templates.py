"""Criteria that come along for a country: sound, and every rule of theirs held by a case."""

from functools import partial
from pathlib import Path

import msgspec
import pytest

from opptak.admission.criteria_cases import failing
from opptak.commands.knowing import TEMPLATES, countries, wrong_criteria
from opptak.tenancy.config import Criteria
from opptak.tenancy.folder import read_criteria

FILES = sorted(TEMPLATES.glob("*/criteria*.toml"))


@pytest.fixture(params=FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def criteria(request: pytest.FixtureRequest) -> Criteria:
    """Each version, which must be free of mistakes with all its cases."""
    file: Path = request.param
    [version] = read_criteria(file, partial(wrong_criteria, country=file.parent.name))
    return version


def test_a_norwegian_three_german_and_two_danish_ones_come_along() -> None:
    assert [file.parent.name for file in FILES] == ["de", "de", "de", "dk", "dk", "no"]
    assert countries(TEMPLATES) == ["no"], "the others are examples of criteria, no whole template"


def test_no_rule_can_be_lost_unseen(criteria: Criteria) -> None:
    assert not list(failing(criteria))
    for dropped in criteria.rules:
        left = tuple(rule for rule in criteria.rules if rule is not dropped)
        assert list(failing(msgspec.structs.replace(criteria, rules=left))), dropped.id


def test_no_tie_can_be_lost_unseen(criteria: Criteria) -> None:
    for dropped in criteria.ties[:-1]:
        left = tuple(tie for tie in criteria.ties if tie is not dropped)
        assert list(failing(msgspec.structs.replace(criteria, ties=left))), dropped
