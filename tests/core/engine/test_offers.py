"""Programs that propose in rounds, and one queue for all houses."""

from itertools import product
from random import Random

import msgspec
import pytest
from click.testing import CliRunner
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import Row, child, encode, market, points, read, run, seat, seeded_market

from opptak.cli import opptak
from opptak.engine.canonical import canonical_bytes
from opptak.engine.checks import CheckCode, release_checks
from opptak.engine.instance import Algorithm, Instance, Malformed
from opptak.engine.market import Market
from opptak.engine.offers import Answer, replay
from opptak.engine.running import allocate
from opptak_verifier import verify


def plain_market(seed: int, algorithm: str) -> Row:
    """Up to five children and three programs, without reserves, caps and holders."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    children = [
        child(f"c{number}", "".join(random.sample("ABC", random.randint(1, 3))), random.randint(0, 3))
        for number in range(random.randint(1, 5))
    ]
    if algorithm == "da_offers":
        for row in children:
            row["priority_at"] = {"B": points(random.randint(0, 3)), "C": points(random.randint(0, 3))}
    return market([seat(name, random.randint(0, 2)) for name in "ABC"], children, algorithm=algorithm)


def told(instance: Instance) -> list[tuple[int, str, str, str]]:
    return [(offer.round, offer.program, offer.child, offer.answer.value) for offer in replay(instance)]


def stable(given: Market) -> list[tuple[int, ...]]:
    """Every assignment, as positions, without a child and a program that would rather have each other."""
    found = []
    for got in product(*(range(-1, len(wished)) for wished in given.lists)):
        held: list[list[int]] = [[] for _ in given.programs]
        for number, position in enumerate(got):
            if position >= 0:
                held[given.lists[number][position]].append(given.ranks[number][position])
        room = [seating.capacity for seating in given.seatings]
        if all(len(those) <= seats for those, seats in zip(held, room, strict=True)) and not any(
            len(held[program]) < room[program]
            or given.ranks[number][position] < max(held[program], default=-1)
            for number, got_it in enumerate(got)
            for position, program in enumerate(given.lists[number])
            if got_it < 0 or position < got_it
        ):
            found.append(got)
    return found


def ranks_of(given: Market, got: tuple[int, ...], program: int) -> list[int]:
    return sorted(
        given.ranks[number][position]
        for number, position in enumerate(got)
        if position >= 0 and given.lists[number][position] == program
    )


def test_offers_end_in_the_stable_outcome_that_is_best_for_every_program() -> None:
    for seed in range(500):
        instance = read(plain_market(seed, "da_offers"))
        given, result = Market.of(instance), allocate(instance)
        index = given.index_of_program
        got = tuple(
            given.lists[number].index(index[place]) if (place := result.assignment[row.id]) else -1
            for number, row in enumerate(given.children)
        )
        outcomes = stable(given)

        assert got in outcomes, seed
        for other in outcomes:
            for program in range(len(given.programs)):
                assert ranks_of(given, got, program) <= ranks_of(given, other, program), seed


def test_offers_leave_no_claim_with_every_rule_of_the_format() -> None:
    for seed in range(150):
        document = seeded_market(seed)
        document["rules"]["algorithm"] = "da_offers"

        assert run(document).metrics.blocking == 0, seed


def test_replay_tells_the_rounds() -> None:
    instance = read(
        market(
            [seat("A"), seat("B")],
            [
                child("c1", "AB", priority_at={"A": points(1), "B": points(9)}),
                child("c2", "BA", priority_at={"A": points(9), "B": points(1)}),
                child("c3", "B", priority_at={"B": points(5)}),
            ],
            algorithm="da_offers",
        )
    )

    assert told(instance) == [(1, "A", "c2", "kept"), (1, "B", "c1", "kept")]
    assert allocate(instance).assignment == {"c1": "B", "c2": "A", "c3": None}


def test_replay_tells_what_was_refused_and_given_up() -> None:
    instance = read(
        market(
            [seat("A"), seat("B"), seat("C")],
            [
                child("c1", "ABC", priority_at={"A": points(1), "B": points(9), "C": points(9)}),
                child("c2", "CA", priority_at={"A": points(9), "C": points(5)}),
            ],
            algorithm="da_offers",
        )
    )

    assert told(instance) == [
        (1, "A", "c2", "kept"),
        (1, "B", "c1", "kept"),
        (1, "C", "c1", "refused"),
        (2, "A", "c2", "given_up"),
        (2, "C", "c2", "kept"),
        (3, "A", "c1", "kept"),
        (3, "B", "c1", "given_up"),
    ]


def test_last_answers_of_the_replay_are_the_outcome() -> None:
    for seed in range(150):
        instance = read(plain_market(seed, "da_offers"))
        last = {(offer.program, offer.child): offer.answer for offer in replay(instance)}
        kept = {name: program for (program, name), answer in last.items() if answer is Answer.KEPT}

        found = allocate(instance).assignment
        assert {name: kept.get(name) for name in found} == found


def test_replay_is_of_offers_only() -> None:
    with pytest.raises(Malformed, match="algorithm"):
        list(replay(read(market([seat("A")], []))))


def test_command_writes_a_line_an_offer() -> None:
    document = market([seat("A")], [child("c1", "A")], algorithm="da_offers")
    done = CliRunner().invoke(opptak, ["replay", "-"], input=encode(document))

    assert [msgspec.json.decode(line) for line in done.stdout_bytes.splitlines()] == [
        {"answer": "kept", "child": "c1", "program": "A", "round": 1}
    ]
    other = CliRunner().invoke(opptak, ["replay", "-"], input=encode(market([], [])))
    assert (other.exit_code, other.stderr.count("\n")) == (2, 1)


def test_seniority_lets_the_queue_choose_one_by_one() -> None:
    for seed in range(300):
        document = plain_market(seed, "seniority")
        room = {row["id"]: row["capacity"] for row in document["programs"]}
        expected: dict[str, str | None] = {}
        for row in sorted(document["children"], key=lambda row: (-row["priority"]["points"], row["id"])):
            place = next((name for name in row["wishes"] if room[name]), None)
            expected[row["id"]] = place
            if place:
                room[place] -= 1

        assert run(document).assignment == expected, seed


def test_seniority_refuses_a_queue_of_its_own_at_a_program() -> None:
    document = market([seat("A")], [child("c1", "A", priority_at={"A": points(1)})], algorithm="seniority")

    with pytest.raises(Malformed) as refused:
        run(document)

    assert refused.value.path == "$.children[0].priority_at"


@pytest.mark.parametrize("seed", [563, 2382, 5718])
def test_place_taken_back_is_offered_by_those_whom_the_child_had_refused(seed: int) -> None:
    # Reserves and caps meet in a program that takes an offer back after its child has refused others.
    assert run(market_under(Algorithm.OFFERS, seed)).metrics.valid_claims == 0


@pytest.mark.parametrize("algorithm", [Algorithm.DEFERRED_ACCEPTANCE, Algorithm.OFFERS])
def test_claim_that_no_outcome_is_without_is_counted_and_named(algorithm: Algorithm) -> None:
    # All outcomes of this market have been tried: none is without claims.
    instance = read(market_under(algorithm, 1088))
    result = allocate(instance)
    failed = [
        check for check in verify(canonical_bytes(instance), canonical_bytes(result)) if not check.passed
    ]

    assert (result.metrics.blocking, result.metrics.valid_claims) == (1, 1)
    assert [(check.code, check.detail) for check in failed] == [("V4", "c7 has a claim to P3")]
    blocks = [
        check.code
        for check in release_checks(instance, result)
        if not check.passed and check.severity == "block"
    ]
    assert blocks == [CheckCode.JUSTIFIED_ENVY]
