"""Tiny markets with joint wishes, and the best outcome of each by trying every assignment."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, NamedTuple

from tests.core.engine.markets import Row, child, market, points, seat

from opptak.engine.instance import Round
from opptak.engine.lottery import lottery64

PLAIN: Row = {"pinned": None, "current": None, "blocked": [], "right": False, "priority_at": {}}
"""A child of which nothing is said."""
Places = dict[str, str]
"""Who is where; who is nowhere is not in it."""
Verdict = tuple[int, int, int, int, int]
"""Blocking families, then what is better the smaller: right placed and placed (negated), ranks, weighted."""


class Party(NamedTuple):
    """Children who are placed together, with their options, best first, each with its rank."""

    children: list[str]
    options: list[tuple[int, Places]]


def family_market(programs: list[Row], children: list[Row], *tuples: list[Row]) -> Row:
    """A market with families f0, f1 ... of these tuples."""
    document = market(programs, children, algorithm="families")
    return {**document, "families": [{"id": f"f{at}", "tuples": rows} for at, rows in enumerate(tuples)]}


def impossible(*suffixes: str) -> Row:
    """Markets without a stable outcome, side by side.

    The pair wants A and B together. Alone, s takes A; there p goes before it, and B is free: the pair
    blocks. With the pair in A and B, s has nothing, and goes before q in B. In B, s would rather be in A.
    """
    programs, children, tuples = [], [], []
    for at in suffixes:
        programs += [seat(f"A{at}"), seat(f"B{at}")]
        children += [
            {**child(f"p{at}", "", 3), "family": f"h{at}"},
            {**child(f"q{at}", "", 1), "family": f"h{at}"},
            {**child(f"s{at}", "", 2), "wishes": [f"A{at}", f"B{at}"], "right": True},
        ]
        tuples.append([{f"p{at}": f"A{at}", f"q{at}": f"B{at}"}])
    return family_market(programs, children, *tuples)


def tiny_family_market(seed: int) -> Row:
    """Two to four programs, one or two families of two, up to three children alone."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    names = "ABCD"[: random.randint(2, 4)]
    programs = [seat(name, random.choice((0, 1, 1, 1, 2)), facility=random.choice("XY")) for name in names]
    families, children = [], []
    for family in range(random.randint(1, 2)):
        pair = [f"p{family}{number}" for number in range(2)]
        families.append({"id": f"f{family}", "tuples": [_tuple(random, pair, names) for _ in range(3)]})
        children += [_child(random, name, names, family=f"h{family}") for name in pair]
    children += [_child(random, f"c{number}", names) for number in range(random.randint(0, 3))]
    document = market(programs, children, algorithm="families", lottery=random.random() < 0.5)
    return {**document, "families": families}


def _tuple(random: Random, pair: list[str], names: str) -> Places:
    return {name: random.choice((*names, *names, None)) for name in pair if random.random() < 0.95}


def _child(random: Random, name: str, names: str, **rest: Any) -> Row:
    row = child(name, "".join(random.sample(names, random.randint(0, len(names)))), **rest)
    row["priority"] = points(random.randint(0, 9), tier=random.randint(1, 2))
    row["priority_at"] = {random.choice(names): points(random.randint(0, 9))}
    row["right"] = random.random() < 0.5
    row["current"] = random.choice(names) if random.random() < 0.2 else None
    row["pinned"] = random.choice(names) if random.random() < 0.1 else None
    row["blocked"] = random.sample(names, 1) if row["pinned"] is None and random.random() < 0.1 else []
    return row


class BruteForce:
    """The definition of the rules page, tried out on every assignment."""

    def __init__(self, document: Row) -> None:
        self._document = document
        rows = sorted(document["children"], key=lambda row: str(row["id"]))
        self._children = {row["id"]: {**PLAIN, **row} for row in rows}
        self._seats = {row["id"]: row["capacity"] for row in document["programs"]}
        self._parties = list(self._find_parties())
        self._weights = self._find_weights()

    def best(self) -> Verdict:
        """Return the verdict on the best assignment."""
        every = product(*(party.options for party in self._parties))
        return min(self._judge(got) for got in every if self._fits(_merge(got)))

    def judge(self, assignment: dict[str, str | None]) -> Verdict:
        """Return the verdict on an assignment; fails where it gives a party what it did not ask for."""
        places = {name: program for name, program in assignment.items() if program is not None}
        got = [
            next(option for option in party.options if option[1] == _of(party, places))
            for party in self._parties
        ]
        assert self._fits(places)
        return self._judge(tuple(got))

    def _judge(self, got: tuple[tuple[int, Places], ...]) -> Verdict:
        places = _merge(got)
        rights = sum(self._children[name]["right"] for name in places)
        return (
            sum(
                self._blocks(party, rank, places) for party, (rank, _) in zip(self._parties, got, strict=True)
            ),
            -rights,
            -len(places),
            sum(rank for rank, _ in got),
            sum(weight * rank for weight, (rank, _) in zip(self._weights, got, strict=True)),
        )

    def _blocks(self, party: Party, got: int, places: Places) -> bool:
        others = {name: program for name, program in places.items() if name not in party.children}
        return any(rank < got and self._all_take(wanted, others) for rank, wanted in party.options)

    def _all_take(self, wanted: Places, others: Places) -> bool:
        for program in set(wanted.values()):
            asking = [name for name, at in (others | wanted).items() if at == program]
            chosen = sorted(asking, key=lambda name: self._key(name, program))[: self._seats[program]]
            if not all(name in chosen for name, at in wanted.items() if at == program):
                return False
        return True

    def _fits(self, places: Places) -> bool:
        return all(list(places.values()).count(program) <= seats for program, seats in self._seats.items())

    def _key(self, name: str, program: str) -> tuple[Any, ...]:
        row = self._children[name]
        own = row["priority_at"].get(program, row["priority"])
        tier = -2 if program == row["current"] else -1 if program == row["pinned"] else own["tier"]
        return tier, -own["points"], self._draw(name), name

    def _draw(self, name: str) -> int:
        rules = self._document["rules"]
        family = str(self._children[name]["family"])
        return lottery64(Round(**self._document["round"]), family) if rules["lottery"] else 0

    def _own(self, name: str) -> str | None:
        """Where a child sits for sure: where it is pinned, else where it is today."""
        row = self._children[name]
        for program in (row["pinned"], row["current"]):
            if program is not None and program not in row["blocked"]:
                settled = [n for n, r in self._children.items() if program in (r["pinned"], self._seat_of(r))]
                settled.sort(key=lambda other: self._key(other, program))
                if settled.index(name) < self._seats[program]:
                    return str(program)
        return None

    def _seat_of(self, row: Row) -> str | None:
        return None if row["current"] in row["blocked"] else row["current"]

    def _find_parties(self) -> Iterator[Party]:
        named = {}
        for family in self._document["families"]:
            children = sorted({name for row in family["tuples"] for name in row})
            if children:
                named[children[0]] = Party(children, list(self._joint(children, family["tuples"])))
        together = [name for party in named.values() for name in party.children]
        for name in self._children:
            if name in named:
                yield named[name]
            elif name not in together:
                yield Party([name], list(self._alone(name)))

    def _joint(self, children: list[str], tuples: list[Row]) -> Iterator[tuple[int, Places]]:
        own = {name: program for name in children if (program := self._own(name)) is not None}
        for rank, row in enumerate([*tuples, {}]):
            wanted = own | {name: program for name, program in row.items() if program is not None}
            rows = [(self._children[name], program) for name, program in wanted.items()]
            pinned = any(
                row["pinned"] not in (None, program) and own.get(row["id"]) == row["pinned"]
                for row, program in rows
            )
            if not pinned and not any(program in row["blocked"] for row, program in rows):
                yield rank, wanted

    def _alone(self, name: str) -> Iterator[tuple[int, Places]]:
        row, own = self._children[name], self._own(name)
        asked = dict.fromkeys((row["pinned"], *row["wishes"], row["current"]))
        listed = [program for program in asked if program is not None and program not in row["blocked"]]
        for rank, program in enumerate(listed):
            yield rank, {name: program}
            if program == own:
                return
        yield len(listed), {}

    def _find_weights(self) -> list[int]:
        drawn = [(min(map(self._draw, party.children)), n) for n, party in enumerate(self._parties)]
        order = [number for _, number in sorted(drawn)]
        return [len(order) - order.index(number) for number in range(len(order))]


def _of(party: Party, places: Places) -> Places:
    return {name: places[name] for name in party.children if name in places}


def _merge(got: tuple[tuple[int, Places], ...]) -> Places:
    return {name: program for _, option in got for name, program in option.items()}
