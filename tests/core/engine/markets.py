"""Small markets for tests: written out by hand, drawn by hypothesis, or drawn from a seed."""

from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from opptak.engine.instance import Instance
from opptak.engine.result import Result
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance

Row = dict[str, Any]

PROGRAMS = ("A", "B", "C")
TAGS = ("sami", "staff")
BANDS = ("u3", "mid", "o3")


def market(programs: list[Row], children: list[Row], **rules: Any) -> Row:
    """An instance; programs need an id and a capacity, children an id and wishes."""
    return {
        "format": "opptak-allocation/1",
        "round": {"tenant": "t", "intake": "2027", "seed": "00ff"},
        "rules": {"algorithm": "da", "priority": "points", "lottery": False, **rules},
        "programs": [{"facility": row["id"], **row} for row in programs],
        "children": [{"family": row["id"], **row} for row in children],
    }


def points(number: int, *, tier: int = 3, ties: tuple[int, ...] = ()) -> Row:
    """A priority."""
    return {"tier": tier, "points": number, "ties": list(ties)}


def seat(name: str, capacity: int | list[int] = 1, **rest: Any) -> Row:
    """A program."""
    return {"id": name, "capacity": capacity, **rest}


def child(name: str, wishes: str, number: int = 0, **rest: Any) -> Row:
    """A child that wishes for programs named by one letter each."""
    return {"id": name, "wishes": list(wishes), "priority": points(number), **rest}


def read(document: Row) -> Instance:
    """The instance of a document."""
    return parse_instance(encode(document))


def run(document: Row) -> Result:
    """The result of a document."""
    return allocate(read(document))


def encode(document: object) -> bytes:
    """JSON of a document as it stands."""
    return msgspec.json.encode(document)


@st.composite
def tiny_markets(draw: st.DrawFn, *, limits: bool = False) -> Row:
    """Up to five children and three programs; with `limits`, reserves or caps (not both in one program)."""
    programs = [draw(_programs(name, limits=limits)) for name in PROGRAMS]
    numbers = draw(st.integers(0, 5))
    children = [draw(_children(f"c{number}")) for number in range(numbers)]
    return market(programs, children, lottery=draw(st.booleans()))


@st.composite
def _programs(draw: st.DrawFn, name: str, *, limits: bool) -> Row:
    row = seat(name, draw(st.integers(0, 2)))
    kind = draw(st.sampled_from(("plain", "reserve", "cap"))) if limits else "plain"
    if kind == "reserve":
        slot = st.fixed_dictionaries(
            {"count": st.integers(0, 2), "tag": st.sampled_from(TAGS), "open": st.booleans()}
        )
        row["reserves"] = draw(st.lists(slot, min_size=1, max_size=2))
    elif kind == "cap":
        row["age_caps"] = [{"bands": ["u3"], "max": draw(st.integers(0, 1))}]
    return row


@st.composite
def _children(draw: st.DrawFn, name: str) -> Row:
    wishes = draw(st.lists(st.sampled_from(PROGRAMS), unique=True, max_size=3))
    row: Row = {"id": name, "wishes": wishes, "family": draw(st.sampled_from(("f", "g", name)))}
    row["priority"] = points(draw(st.integers(0, 3)), tier=draw(st.integers(1, 2)))
    row["current"] = draw(st.sampled_from((None, None, *PROGRAMS)))
    row["tags"] = draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=2))
    row["band"] = draw(st.sampled_from(BANDS))
    row["right"] = draw(st.booleans())
    row["fallback"] = draw(st.none() | st.permutations(PROGRAMS))
    return row


def seeded_market(seed: int) -> Row:
    """A market in which every rule of the format occurs, up to fourteen children."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    names = [f"P{number}" for number in range(random.randint(1, 5))]
    children = [f"c{number}" for number in range(random.randint(0, 14))]
    programs = [_seeded_program(random, name, children) for name in names]
    return market(
        programs,
        [_seeded_child(random, name, names) for name in children],
        priority=random.choice(("points", "points", "listed")),
        lottery=random.random() < 0.5,
        fallback=random.random() < 0.7,
    )


def _seeded_program(random: Random, name: str, children: list[str]) -> Row:
    row = seat(name, random.randint(0, 4), facility=f"F{random.randint(0, 2)}")
    if random.random() < 0.4:
        row["reserves"] = [
            {"count": random.randint(0, 2), "tag": random.choice(TAGS), "open": random.random() < 0.5}
            for _ in range(random.randint(1, 2))
        ]
    if random.random() < 0.4:
        row["age_caps"] = [
            {"bands": ["u3", "mid"], "max": random.randint(0, 3)},
            {"bands": ["u3"], "max": 1},
        ]
    if random.random() < 0.3:
        row["ranking"] = random.sample(children, random.randint(0, len(children)))
    row["counts_for_guarantee"] = random.random() < 0.8
    return row


def _seeded_child(random: Random, name: str, programs: list[str]) -> Row:
    def priority() -> Row:
        ties = (random.randint(0, 2),) if random.random() < 0.5 else ()
        return points(random.randint(0, 3), tier=random.randint(0, 3), ties=ties)

    row: Row = {"id": name, "family": f"f{random.randint(0, 9)}", "ordinal": random.randint(0, 2)}
    row["wishes"] = [
        {"program": wish, "distance_m": random.randint(0, 999)} if random.random() < 0.3 else wish
        for wish in random.sample(programs, random.randint(0, len(programs)))
    ]
    row["priority"] = priority() if random.random() < 0.9 else None
    row["priority_at"] = {random.choice(programs): priority()} if random.random() < 0.3 else {}
    row["current"] = random.choice([*programs, "closed"]) if random.random() < 0.3 else None
    row["right"] = random.random() < 0.5
    row["fallback"] = random.sample(programs, len(programs)) if random.random() < 0.5 else None
    row["pinned"] = random.choice(programs) if random.random() < 0.1 else None
    row["blocked"] = random.sample(programs, 1) if row["pinned"] is None and random.random() < 0.1 else []
    row["tags"] = random.sample(TAGS, random.randint(0, 2))
    row["band"] = random.choice((None, *BANDS))
    return row
