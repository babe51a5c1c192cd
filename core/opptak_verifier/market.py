"""The rules of the round, written a second time: who asks where, in which order, whom a program chooses."""

import hashlib
import hmac
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from opptak_verifier.shape import Malformed, Row, digest

KEEPS, PINNED = -2, -1
NO_PRIORITY: Row = {"tier": 65536, "points": 0}
Key = tuple[int, bool, int, tuple[int, ...], int, int, str]


class Choice(NamedTuple):
    """A program's choice: the slot of each child taken, seats left for everybody, age bands that are full."""

    slots: dict[str, str]
    open_left: int
    full_bands: frozenset[str]


class Market:
    """An instance with the answers to the questions the checks ask of it."""

    def __init__(self, instance: Row) -> None:
        self.instance = instance
        self.rules: Row = {"lottery": True, "fallback": True, **instance["rules"]}
        self.programs = _by_id(instance, "programs")
        self.children = _by_id(instance, "children")
        for index, row in enumerate(instance["children"]):
            asked = {*map(program_of, row["wishes"]), *row.get("fallback", ()), row.get("pinned", "")}
            for program in asked - self.programs.keys() - {""}:
                raise Malformed(f"$.children[{index}]: no program {program!r}")
        self.stated = {child: [*map(program_of, row["wishes"])] for child, row in self.children.items()}
        self.lists = {child: self._list(child) for child in self.children}
        self.key = cache(self._key)
        self.lottery = cache(self._lottery)

    def input_hash(self) -> str:
        """Hash the instance with its rows by id."""
        tables = self.instance.keys() & {"programs", "children", "families"}
        return digest({**self.instance, **{key: list(_by_id(self.instance, key).values()) for key in tables}})

    def ranking(self, program: str) -> list[str] | None:
        """Return the owner's order, where the rules go by it."""
        order: list[str] | None = self.programs[program].get("ranking")
        return order if self.rules["priority"] == "listed" else None

    def under_guarantee(self, child: str, program: str) -> bool:
        """Return whether a program is asked only because of the guarantee."""
        row = self.children[child]
        return program not in self.stated[child] and program not in (row.get("current"), row.get("pinned"))

    def choose(self, program: str, asking: Iterable[str]) -> Choice:
        """Choose: those who keep a place, then each reserve in turn, then everybody by key."""
        row = self.programs[program]
        caps = [[cap["max"], set(cap["bands"])] for cap in row.get("age_caps", ())]
        rooms = [[slot["count"], slot["tag"], slot.get("open", True)] for slot in row.get("reserves", ())]
        slots: dict[str, str] = {}

        def open_left() -> int:
            return int(max(0, row["capacity"] - len(slots) - sum(room[0] for room in rooms if not room[2])))

        def seat(child: str, room: list[Any] | None) -> None:
            mine = [cap for cap in caps if self.children[child].get("band") in cap[1]]
            if child not in slots and len(slots) < row["capacity"] and all(cap[0] for cap in mine):
                for limit in [*mine, *([room] if room else [])]:
                    limit[0] -= 1
                slots[child] = room[1] if room else "open"

        queue = sorted(set(asking), key=lambda child: self.key(child, program))
        tags = {child: self.children[child].get("tags", ()) for child in queue}
        keep = [child for child in queue if self.key(child, program)[0] < 0]
        for child in keep:
            seat(child, next((room for room in rooms if room[0] and room[1] in tags[child]), None))
        for room in rooms:
            for child in queue[len(keep) :]:
                if room[0] and room[1] in tags[child]:
                    seat(child, room)
        for child in queue[len(keep) :]:
            if open_left():
                seat(child, None)
        full = (band for left, bands in caps if not left for band in bands)
        return Choice(slots, open_left(), frozenset(full))

    def best_for_children(self) -> dict[str, str | None]:
        """Return the stable assignment every child likes best, found in rounds in which all ask at once."""
        held: dict[str, set[str]] = {program: set() for program in self.programs}
        next_wish = dict.fromkeys(self.children, 0)
        asking = list(self.children)
        while asking:
            asked: dict[str, set[str]] = {}
            for child in asking:
                if next_wish[child] < len(self.lists[child]):
                    asked.setdefault(self.lists[child][next_wish[child]], set()).add(child)
            asking = []
            for program, those in asked.items():
                everyone = held[program] | those
                held[program] = set(self.choose(program, everyone).slots)
                asking += everyone - held[program]
            for child in asking:
                next_wish[child] += 1
        place: dict[str, str | None] = dict.fromkeys(self.children)
        return place | {child: program for program, those in held.items() for child in those}

    def _list(self, child: str) -> list[str]:
        row = self.children[child]
        may = [*self.stated[child], *([row["current"]] if row.get("current") in self.programs else [])]
        if row.get("right") and self.rules["fallback"]:
            may += row.get("fallback", ())
        pinned = [row["pinned"]] if "pinned" in row else []
        return list(dict.fromkeys(pinned + [program for program in may if self._eligible(row, program)]))

    def _eligible(self, row: Row, program: str) -> bool:
        ranking = self.ranking(program)
        ranked = ranking is None or row["id"] in ranking or row.get("current") == program
        return ranked and program not in row.get("blocked", ())

    def _key(self, child: str, program: str) -> Key:
        row, ranking = self.children[child], self.ranking(program)
        own = row.get("priority_at", {}).get(program) or row.get("priority") or NO_PRIORITY
        tier, points, ties, draw = own["tier"], own["points"], tuple(own.get("ties", ())), (0, 0)
        if ranking is not None:
            tier, points, ties = 0, 0, (ranking.index(child) + 1 if child in ranking else 0,)
        elif self.rules["lottery"]:
            draw = (self.lottery(row["family"]), row.get("ordinal", 0))
        tier = KEEPS if program == row.get("current") else PINNED if program == row.get("pinned") else tier
        return (tier, self.under_guarantee(child, program), -points, ties, *draw, child)

    def _lottery(self, family: str) -> int:
        round_ = self.instance["round"]
        message = "|".join((round_["tenant"], round_["intake"], family))
        drawn = hmac.new(bytes.fromhex(round_["seed"]), message.encode(), hashlib.sha256)
        return int(drawn.hexdigest()[:16], 16)


def program_of(wish: str | Row) -> str:
    """Return the program a wish is for."""
    return wish if isinstance(wish, str) else str(wish["program"])


def _by_id(instance: Row, rows: str) -> dict[str, Row]:
    found = {row["id"]: row for row in sorted(instance.get(rows, ()), key=lambda row: str(row["id"]))}
    if len(found) < len(instance.get(rows, ())):
        raise Malformed(f"$.{rows}: an id is given twice")
    return found
