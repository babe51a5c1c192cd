"""Mistakes in criteria that each key alone doesn't show."""

from datetime import date
from typing import Any

import msgspec
import pytest

from opptak.admission.criteria_lint import lint
from opptak.kit.mistakes import Mistake
from opptak.tenancy.config import Criteria

LAW = {"id": "by-law", "fact": "statutory_priority", "effect": "tier", "tier": 1, "proof": True}
SIBLING = {
    "id": "sibling",
    "fact": "sibling_at_facility",
    "effect": "points",
    "points": 40,
    "at": "facility",
}
NEAR = {
    "id": "near",
    "fact": "distance",
    "effect": "points",
    "at": "facility",
    "bands": [[1000, 20], [3000, 10]],
}
DAYS = {"id": "days", "fact": "days", "effect": "points", "bands": [[3, 5], [5, 20]]}
HOME = {"id": "home", "fact": "resident", "effect": "gate"}


def found(*rules: dict[str, Any], **more: Any) -> list[Mistake]:
    """Return the mistakes of criteria with some rules."""
    raw = {"valid_from": date(2026, 8, 1), "rules": list(rules), **more}
    return list(lint(msgspec.convert(raw, Criteria), forbidden={"religion": "the constitution"}))


def test_sound_criteria_have_no_mistakes() -> None:
    statute = {"facilities": ["1"], "rules": [{**SIBLING, "points": 80}], "without": ["near"]}
    reserves = [{"facility": "1", "tag": "language:se", "seats": 2}]
    assert found(HOME, LAW, SIBLING, NEAR, DAYS, statutes=[statute], reserves=reserves) == []


@pytest.mark.parametrize(
    ("rules", "place", "told"),
    [
        ([SIBLING, {**NEAR, "id": "sibling"}], ("rules", 1, "id"), "there is another rule `sibling`"),
        ([LAW, {**LAW, "id": "again", "tier": 2}], ("rules", 1, "fact"), "`by-law` is about"),
        ([{**LAW, "tier": 9}], ("rules", 0, "tier"), "lifts nobody"),
        ([{**SIBLING, "fact": "sibling"}], ("rules", 0, "fact"), "nobody knows the fact `sibling`"),
        ([{**LAW, "tier": None}], ("rules", 0, "tier"), "is missing"),
        ([{**SIBLING, "tier": 2}], ("rules", 0, "tier"), "lifts nobody"),
        ([{**SIBLING, "points": 0}], ("rules", 0, "points"), "gives no points"),
        ([{**LAW, "points": 5}], ("rules", 0, "points"), "a tier gives no points"),
        ([{**SIBLING, "at": "everywhere"}], ("rules", 0, "at"), "is never known without a house"),
        ([{**DAYS, "at": "facility"}], ("rules", 0, "at"), "is never known at a house"),
        ([{**NEAR, "bands": [], "points": 5}], ("rules", 0, "bands"), "without bands it is never met"),
        ([{**SIBLING, "bands": [[1, 5]]}], ("rules", 0, "bands"), "is no number"),
        ([{**SIBLING, "proof": True}], ("rules", 0, "proof"), "nobody can prove it"),
        ([{**NEAR, "bands": [[3000, 10], [1000, 20]]}], ("rules", 0, "bands"), "nobody gets as far"),
        ([{**NEAR, "bands": [[1000, 10], [3000, 20]]}], ("rules", 0, "bands"), "3000 m get 20 points"),
        ([{**DAYS, "bands": [[3, 20], [5, 5]]}], ("rules", 0, "bands"), "5 days lose to 3"),
        ([{**DAYS, "bands": [[5, 20], [3, 5]]}], ("rules", 0, "bands"), "nobody gets as far"),
        (
            [HOME, {"id": "here", "fact": "resident", "effect": "points", "points": 3}],
            ("rules", 1, "fact"),
            "all who pass the gate `home` have it",
        ),
        (
            [{**SIBLING, "points": 65000}, {**NEAR, "bands": [[500, 600]]}],
            ("rules", 1, "bands"),
            "65600 points",
        ),
        (
            [{"id": "faith", "fact": "religion", "effect": "points", "points": 3}],
            ("rules", 0, "fact"),
            "nobody may be preferred for `religion` (the constitution)",
        ),
    ],
)
def test_mistake_in_a_rule_is_found(rules: list[dict[str, Any]], place: tuple[Any, ...], told: str) -> None:
    [mistake] = found(*rules)
    assert mistake.path == place
    assert told in mistake.told
    assert mistake.right


@pytest.mark.parametrize(
    ("more", "place", "told"),
    [
        ({"ties": ["lottery", "older_first"]}, ("ties",), "older_first is never looked at"),
        ({"ties": ["older_first", "older_first"]}, ("ties",), "stands there twice"),
        ({"ties": ["older_first", "younger_first"]}, ("ties",), "can't both go first"),
        ({"base_tier": 1000}, ("base_tier",), "among the late"),
        ({"siblings": "together_or_none"}, ("siblings",), "twins would be split"),
        ({"algorithm": "families"}, ("siblings",), "nothing to do"),
        ({"algorithm": "seniority"}, ("rules", 1, "fact"), "one queue for all houses"),
        (
            {"algorithm": "strict", "reserves": [{"facility": "1", "tag": "language:se", "seats": 1}]},
            ("reserves",),
            "knows no reserves",
        ),
        (
            {"reserves": [{"facility": "1", "tag": "football", "seats": 1}]},
            ("reserves", 0, "tag"),
            "no child has the tag",
        ),
        (
            {"reserves": [{"facility": "1", "tag": "religion:any", "seats": 1}]},
            ("reserves", 0, "tag"),
            "nobody may be preferred",
        ),
        (
            {"reserves": [{"facility": "1", "tag": "language:se", "seats": 1}] * 2},
            ("reserves", 1, "tag"),
            "another reserve",
        ),
        (
            {"statutes": [{"facilities": ["1"], "without": ["sibilng"]}]},
            ("statutes", 0, "without", 0),
            "there is no rule",
        ),
        (
            {"statutes": [{"facilities": ["1"], "without": ["by-law"]}]},
            ("statutes", 0, "without", 0),
            "is the law's",
        ),
        (
            {"statutes": [{"facilities": ["1"], "rules": [{**SIBLING, "id": "by-law"}]}]},
            ("statutes", 0, "rules", 0, "id"),
            "is the law's",
        ),
        (
            {"statutes": [{"facilities": ["1"], "rules": [{**NEAR, "fact": "distanse"}]}]},
            ("statutes", 0, "rules", 0, "fact"),
            "nobody knows the fact",
        ),
        (
            {"statutes": [{"facilities": ["1"], "ties": ["older_first"]}]},
            ("statutes", 0, "ties"),
            "in all houses or in none",
        ),
    ],
)
def test_mistake_beside_the_rules_is_found(more: dict[str, Any], place: tuple[Any, ...], told: str) -> None:
    [mistake] = found(LAW, SIBLING, **more)
    assert mistake.path == place
    assert told in mistake.told
    assert mistake.right
