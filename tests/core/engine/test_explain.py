"""Explanations: true, complete, and silent about other families."""

import pytest
from tests.core.engine.markets import Row, child, market, points, read, run, seat

from opptak.engine.checks import ResultOfAnotherInstance
from opptak.engine.cities import build_city
from opptak.engine.explain import Explainer, Predicate, Reader, Sentence, UnknownChild, explain, tell
from opptak.engine.explain.sentences import Param
from opptak.engine.running import allocate
from opptak.kit.i18n import Catalogues

LANGUAGES = ("nb", "nn", "se", "de", "da", "en")
LATE = {"id": "c1", "wishes": ["A"], "priority": points(40, ties=(1,))}
"""A child that loses a tie."""


def told(document: Row, name: str) -> list[tuple[str, dict[str, Param]]]:
    sentences = explain(read(document), run(document), name).sentences
    return [(sentence.key.removeprefix("allocation.why."), sentence.params) for sentence in sentences]


def crowd(size: int, wishes: str = "A", number: int = 50) -> list[Row]:
    return [child(f"x{index}", wishes, number) for index in range(size)]


def test_first_wish_is_told_first() -> None:
    document = market([seat("A"), seat("B")], [child("c1", "AB", 7)])

    assert told(document, "c1") == [
        ("offered_first", {"program": "A"}),
        ("own_points", {"points": 7}),
        ("not_needed", {"program": "B"}),
    ]


def test_refusal_by_points_tells_numbers_where_five_share_the_tier() -> None:
    document = market([seat("A", 5), seat("B")], [*crowd(5), child("c1", "AB", 40)])

    assert told(document, "c1") == [
        ("offered_wish", {"program": "B", "number": 2}),
        ("own_points", {"points": 40}),
        ("refused_points", {"program": "A", "own": 40, "last": 50}),
        ("would_points", {"program": "A", "points": 50}),
        ("waiting", {"program": "A", "position": 1}),
    ]


@pytest.mark.parametrize(
    "rival",
    [
        child("x", "A", 50),
        {"id": "x", "wishes": ["A"], "priority": points(0, tier=1)},
        {"id": "x", "wishes": ["A"], "priority": points(40)},
        child("x", "", current="A"),
    ],
)
def test_refusal_tells_no_numbers_of_a_few(rival: Row) -> None:
    document = market([seat("A", 4)], [*crowd(3), rival, LATE])
    sentences = told(document, "c1")

    assert ("refused_higher_priority", {"program": "A"}) in sentences
    assert {key for key in dict(sentences) if key.startswith("refused")} == {"refused_higher_priority"}
    assert "would_points" not in dict(sentences)


def test_siblings_of_one_family_are_no_crowd() -> None:
    twins = [{**row, "family": f"f{number // 2}"} for number, row in enumerate(crowd(8))]
    document = market([seat("A", 8)], [*twins, LATE])
    own = market([seat("A", 5)], [*crowd(4), {**crowd(5)[4], "family": "c1"}, LATE])

    assert "refused_higher_priority" in dict(told(document, "c1"))
    assert "refused_higher_priority" in dict(told(own, "c1"))


def test_few_of_the_last_tier_are_not_told_among_many_of_another() -> None:
    statutory = [{"id": f"s{n}", "wishes": ["A"], "priority": points(0, tier=1)} for n in range(6)]
    document = market([seat("A", 8)], [*statutory, *crowd(2), child("c1", "A", 40)])

    assert ("refused_higher_priority", {"program": "A"}) in told(document, "c1")


@pytest.mark.parametrize(
    ("rivals", "key"),
    [
        ([{"id": f"x{n}", "wishes": ["A"], "priority": points(0, tier=1)} for n in range(5)], "refused_tier"),
        (crowd(5, number=40), "refused_tie"),
        ([child(f"x{n}", "", current="A") for n in range(5)], "refused_kept"),
    ],
)
def test_refusal_among_many_says_what_decided(rivals: list[Row], key: str) -> None:
    document = market([seat("A", 5)], [*rivals, LATE])

    assert key in dict(told(document, "c1"))


def test_lottery_is_said_to_decide_only_where_it_did() -> None:
    document = market([seat("A", 5)], crowd(6), lottery=True)
    result = run(document)
    (loser,) = (name for name, place in result.assignment.items() if place is None)

    assert ("refused_lottery", {"program": "A", "own": 50}) in told(document, loser)


def test_limits_are_told_without_numbers() -> None:
    document = market(
        [
            seat("A", 2, age_caps=[{"bands": ["u3"], "max": 1}]),
            seat("B", 1, reserves=[{"count": 1, "tag": "sami", "open": False}]),
            seat("C", 0),
            seat("D", ranking=["x"]),
            seat("E", ranking=["x", "c1"]),
        ],
        [child("c0", "A", 9, band="u3"), child("c1", "ABCDE", 8, band="u3"), child("x", "DE", blocked=["D"])],
        priority="listed",
    )
    keys = [key for key, _ in told(document, "c1") if key.startswith(("refused", "filtered"))]

    assert keys == ["refused_cap", "refused_reserve", "refused_no_seats", "filtered_listed", "refused_listed"]


def test_points_of_a_program_are_told_with_their_criteria() -> None:
    reasons = [{"criterion": "sibling", "points": 20}]
    document = market(
        [seat("A"), seat("B")],
        [child("c1", "AB", 1, priority_at={"A": {**points(21), "reasons": reasons}})],
    )

    assert told(document, "c1")[1:3] == [
        ("own_points_at", {"program": "A", "points": 21}),
        ("criterion", {"criterion": "sibling", "points": 20, "program": "A"}),
    ]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (child("c1", "B", current="A"), "kept"),
        (child("c1", "", pinned="A"), "pinned"),
        (child("c1", "B", right=True, fallback=["A"]), "offered_fallback"),
        (child("c1", "B"), "unplaced"),
        (child("c1", ""), "no_wishes"),
    ],
)
def test_outcome_is_named_for_what_it_is(row: Row, key: str) -> None:
    assert told(market([seat("A"), seat("B", 0)], [row]), "c1")[0][0] == key


def test_reserved_seat_is_told_to_the_child_that_has_it() -> None:
    slots = [{"count": 1, "tag": "sami", "open": True}]
    document = market([seat("A", 2, reserves=slots)], [child("c1", "A", tags=["sami"]), child("c2", "A")])

    assert ("reserved_seat", {"program": "A"}) in told(document, "c1")
    assert "reserved_seat" not in dict(told(document, "c2"))


def test_guarantee_that_found_nothing_is_one_sentence() -> None:
    rights = [child("c1", "A", 9), child("c2", "B", 9), child("c3", "", right=True, fallback=["A", "B"])]

    keys = [key for key, _ in told(market([seat("A"), seat("B")], rights), "c3")]

    assert keys == ["no_wishes", "right_rules", "guarantee_full"]


def test_seats_left_are_told_to_the_unplaced_and_would_have_been_theirs() -> None:
    seats = [
        seat("A", 0),
        seat("B", 1, district="north"),
        seat("C", 1, district="south"),
        seat("D", 1, band="o3"),
        seat("E", 1, age_caps=[{"bands": ["u3"], "max": 0}]),
    ]
    document = market(seats, [child("c1", "A", band="u3", district="south")])
    suggested = [params["program"] for key, params in told(document, "c1") if key == "seat_left"]

    assert suggested == ["C", "B"]
    for program in suggested:
        document["children"][0]["wishes"] = ["A", program]
        assert run(document).assignment == {"c1": program}


def test_place_of_others_is_told_to_whom_stands_ahead_there() -> None:
    document = market([seat("A", 0), seat("B", 5)], [*crowd(5, "B"), child("c1", "A", 60)])
    few = market([seat("A", 0), seat("B", 4)], [*crowd(4, "B"), child("c1", "A", 60)])

    assert ("would_be_ahead", {"program": "B"}) in told(document, "c1")
    assert "would_be_ahead" not in dict(told(few, "c1"))


def test_days_without_room_are_named() -> None:
    rivals = [child("x", "A", 9, need=[1, 1, 0, 0, 0]), child("y", "A", 1, need=[0, 0, 1, 0, 0])]
    document = market([seat("A")], [*rivals, child("c1", "A", 5, need=[0, 1, 1, 0, 0])], algorithm="fit")
    nb = Catalogues.load().translator("nb")
    (sentence,) = (
        one for one in explain(read(document), run(document), "c1").sentences if "days" in one.params
    )

    assert (sentence.key, sentence.params["days"]) == ("allocation.why.refused_days", (1,))
    assert tell(sentence, nb) == "I A manglet det plass til barnet ditt disse dagene: tirsdag."


def test_days_are_joined_as_the_language_does() -> None:
    sentence = Sentence(
        key="allocation.why.days", params={"program": "A", "days": (0, 1, 4)}, predicate=Predicate.DAYS
    )

    told = {one: tell(sentence, Catalogues.load().translator(one)) for one in ("da", "de")}
    assert told["da"].endswith("mandag, tirsdag og fredag.")
    assert told["de"].endswith("Montag, Dienstag und Freitag.")


def test_queue_is_told_in_place_of_points() -> None:
    document = market([seat("A", 5)], [*crowd(5), child("c1", "A", 40)], algorithm="seniority")

    assert told(document, "c1")[1:3] == [
        ("queue", {"position": 6, "of": 6}),
        ("refused_queue", {"program": "A"}),
    ]


def test_staff_are_told_who_went_ahead_in_what() -> None:
    document = market([seat("A", 2)], [child("x", "", current="A"), child("y", "A", 50), LATE])
    steps = explain(read(document), run(document), "c1", reader=Reader.CASE_WORKER).sentences
    found = {one.key.removeprefix("allocation.step."): one.params for one in steps}

    assert found["own_key"] == {"program": "A", "tier": 3, "points": 40, "position": 3, "of": 3}
    assert found["refused_points"] == {"program": "A", "own": 40, "last": 50}
    assert [found[f"ahead_{part}"]["count"] for part in ("kept", "points")] == [1, 1]
    assert found["waiting"] == {"program": "A", "position": 1, "of": 1}


def test_what_would_have_been_is_told_after_a_run_that_shows_it() -> None:
    document = market([seat("A"), seat("B", 0), seat("C")], [child("x", "A", 9), child("c1", "AB", 5)])
    shown = explain(read(document), run(document), "c1", deep=True).sentences
    deep = [(one.key.rpartition(".")[2], one.params) for one in shown[-3:]]

    assert deep == [
        ("one_more", {"program": "A"}),
        ("one_more", {"program": "B"}),
        ("had_listed", {"program": "C"}),
    ]


def test_standing_ahead_is_not_said_to_be_a_place() -> None:
    """Whoever is displaced may displace others until one comes back with a better key."""
    document = market(
        [seat("A", 0), seat("K"), seat("B")],
        [
            {"id": "c1", "wishes": ["A"], "priority": points(5)},
            child("x", "BK", 0, priority_at={"K": points(1), "B": points(9)}),
            child("y", "KB", 0, priority_at={"K": points(9), "B": points(1)}),
        ],
    )
    shown = explain(read(document), run(document), "c1", deep=True).sentences

    assert [one.key for one in shown if one.predicate is Predicate.HAD_LISTED] == []


def test_chances_are_asked_for() -> None:
    document = market([seat("A")], [child("b", "A"), child("c1", "A")])
    shown = explain(read(document), run(document), "c1", chances=lambda _: {"A": 497}).sentences

    assert shown[-1].params == {"program": "A", "count": 497, "draws": 1000}


def test_unknown_child_is_refused() -> None:
    document = market([seat("A")], [child("c1", "A")])

    with pytest.raises(UnknownChild):
        explain(read(document), run(document), "c2")


def test_result_of_another_instance_is_refused() -> None:
    one, other = market([seat("A")], [child("c1", "A")]), market([seat("A", 2)], [child("c1", "A")])

    with pytest.raises(ResultOfAnotherInstance):
        explain(read(one), run(other), "c1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_a_town_has_a_text(language: str) -> None:
    city = build_city("nordreisa", seed=2)
    result = allocate(city)
    explainer, tr = Explainer(city, result), Catalogues.load().translator(language, fallbacks=())
    told = (explainer.explain(row.id, reader=reader) for row in city.children for reader in Reader)
    sentences = [sentence for explanation in told for sentence in explanation.sentences]

    assert len(sentences) > len(city.children)
    assert [sentence.key for sentence in sentences if not tr.knows(sentence.key)] == []
    assert not any("{" in tell(sentence, tr) for sentence in sentences)


def test_tell_names_programs_and_criteria() -> None:
    tr = Catalogues.load().translator("en")
    first = Sentence(
        key="allocation.why.offered_first", params={"program": "A"}, predicate=Predicate.ASSIGNED
    )
    known = Sentence(
        key="allocation.why.criterion",
        params={"criterion": "sibling", "points": 20},
        predicate=Predicate.CRITERION,
    )
    local = Sentence(
        key="allocation.why.criterion",
        params={"criterion": "harbour", "points": 5},
        predicate=Predicate.CRITERION,
    )

    assert (
        tell(first, tr, names={"A": "Storslett"}) == "Your child has a place at Storslett, your first wish."
    )
    assert tell(known, tr) == "Of these, 20 for a sibling at the kindergarten."
    assert tell(local, tr) == "Of these, 5 for harbour."
