"""Small markets by weekdays, and what is right about an assignment of one, said once more and plainly."""

from collections.abc import Iterator
from itertools import product
from random import Random

from tests.core.engine.markets import Row, market, points, seat

from opptak.engine.market import Market
from opptak.engine.week import unpack

WEEKS = ([1] * 5, [1] * 5, [2] * 5, [1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [1, 0, 1, 0, 1], [2, 2, 0, 0, 0])
Got = tuple[int, ...]
"""For each child the position of its contract in its list, -1 for none."""


def day_market(seed: int, *, algorithm: str = "fit", children: int = 5, limits: bool = False) -> Row:
    """Up to five children at three programs; the same program may be wished for with several needs."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    programs = [_program(random, name, limits=limits) for name in "ABC"]
    rows = [_child(random, f"c{number}") for number in range(random.randint(2, children))]
    return market(programs, rows, algorithm=algorithm, lottery=random.random() < 0.5)


def _program(random: Random, name: str, *, limits: bool) -> Row:
    capacity = (
        [random.randint(0, 3)] * 5 if random.random() < 0.6 else [random.randint(0, 3) for _ in range(5)]
    )
    row = seat(name, capacity, facility=f"F{random.randint(0, 1)}")
    if limits and random.random() < 0.5:
        row["reserves"] = [{"count": random.randint(0, 2), "tag": "sami", "open": random.random() < 0.5}]
    if limits and random.random() < 0.3:
        row["age_caps"] = [{"bands": ["u3"], "max": random.randint(0, 2)}]
    return row


def _child(random: Random, name: str) -> Row:
    wishes: list[str | Row] = []
    for program in random.sample("ABC", random.randint(1, 3)):
        wishes.append(program)
        if random.random() < 0.2:
            wishes.insert(random.randint(0, len(wishes)), {"program": program, "need": random.choice(WEEKS)})
    row: Row = {"id": name, "family": name, "wishes": wishes, "need": random.choice(WEEKS)}
    row["priority"] = points(random.randint(0, 3), tier=random.randint(2, 3))
    row["current"] = random.choice("ABC") if random.random() < 0.2 else None
    row["pinned"] = random.choice("ABC") if random.random() < 0.05 else None
    row["right"] = random.random() < 0.5
    row["fallback"] = random.sample("ABC", 3) if random.random() < 0.3 else None
    row["tags"] = ["sami"] if random.random() < 0.3 else []
    row["band"] = random.choice(("u3", "o3"))
    return without_repeats(row)


def without_repeats(row: Row) -> Row:
    """The child without a wish that is stated twice."""
    kept: list[str | Row] = []
    for wish in row["wishes"]:
        if wish not in kept:
            kept.append(wish)
    return {**row, "wishes": kept}


class Plainly:
    """The rules for a market without reserves and caps, on plain lists."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.capacity = [seating.week for seating in market.seatings]
        self.needs = [[unpack(need) for need in needs] for needs in market.needs]

    def inside(self, got: Got) -> list[list[tuple[int, int]]]:
        """The children of each program with their positions."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.capacity]
        for child, position in enumerate(got):
            if position >= 0:
                found[self.market.lists[child][position]].append((child, position))
        return found

    def room(self, program: int, contracts: list[tuple[int, int]]) -> bool:
        """Whether all of them fit, day by day."""
        return all(
            sum(self.needs[child][position][day] for child, position in contracts)
            <= self.capacity[program][day]
            for day in range(5)
        )

    def feasible(self, got: Got) -> bool:
        """Whether nobody is too many anywhere."""
        return all(self.room(program, those) for program, those in enumerate(self.inside(got)))

    def better(self, child: int, got: Got) -> range:
        """The positions a child would rather have."""
        return range(len(self.market.lists[child]) if got[child] < 0 else got[child])

    def claims(self, got: Got) -> Iterator[tuple[int, int]]:
        """Each child and program where its need fits beside all who go before it there."""
        inside = self.inside(got)
        for child in range(len(got)):
            for position in self.better(child, got):
                program = self.market.lists[child][position]
                rank = self.market.ranks[child][position]
                ahead = [
                    (other, at)
                    for other, at in inside[program]
                    if other != child and self.market.ranks[other][at] < rank
                ]
                if self.room(program, [*ahead, (child, position)]):
                    yield child, program

    def wasted(self, got: Got) -> Iterator[tuple[int, int]]:
        """Each child and program where its need fits beside all who are there."""
        inside = self.inside(got)
        for child in range(len(got)):
            for position in self.better(child, got):
                program = self.market.lists[child][position]
                others = [(other, at) for other, at in inside[program] if other != child]
                if self.room(program, [*others, (child, position)]):
                    yield child, program

    def passed(self, got: Got) -> Iterator[tuple[int, int]]:
        """Each child and program where somebody behind it has a place that it would rather have."""
        inside = self.inside(got)
        for child in range(len(got)):
            for position in self.better(child, got):
                program, key = self.market.lists[child][position], self.market.standing(child, position)
                if any(self.market.standing(*other) > key for other in inside[program]):
                    yield child, program

    def everything(self) -> Iterator[Got]:
        """Every feasible assignment."""
        for got in product(*(range(-1, len(wished)) for wished in self.market.lists)):
            if self.feasible(got):
                yield got
