"""The rules of the round, written a second time: who asks where, in which order, whom a program chooses."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from opptak_verifier.shape import Malformed, Row, digest

KEEPS, PINNED = -2, -1
NO_PRIORITY: Row = {"tier": 65536, "points": 0}
LIMITS = frozenset({"reserves", "age_caps"})
REFUSED = {"seniority": frozenset({"priority_at"}), "strict": LIMITS, "families": LIMITS}
Need = tuple[int, ...]
"""Place-units on each day that is counted: five where needs differ, one where a place is a place."""
Key = tuple[int, bool, int, tuple[int, ...], int, int, str]


class Contract(NamedTuple):
    """A program with what the child needs there."""

    program: str
    need: Need


Asking = Mapping[str, Contract]


class Choice(NamedTuple):
    """A program's choice: the slot of each child taken, units left for all, caps and what they have left."""

    slots: dict[str, str]
    open_left: list[int]
    caps: list[tuple[list[str], list[int]]]


class Market:
    """An instance with the answers to the questions the checks ask of it."""

    def __init__(self, instance: Row) -> None:
        self.instance = instance
        self.rules: Row = {"lottery": True, "fallback": True, **instance["rules"]}
        self.algorithm: str = self.rules["algorithm"]
        self.weekly = self.algorithm in ("fit", "strict")
        self.programs, self.children = _by_id(instance, "programs"), _by_id(instance, "children")
        families = _by_id(instance, "families") if self.algorithm == "families" else {}
        self.families = {name: row["tuples"] for name, row in families.items() if row["tuples"]}
        self.joint: dict[str, list[str]] = {}
        for child, program in (
            pair for rows in self.families.values() for row in rows for pair in row.items()
        ):
            self.joint.setdefault(child, []).extend([program] if program else [])
        self._check()
        self.stated = {
            c: [self._contract(row, wish) for wish in row["wishes"]] for c, row in self.children.items()
        }
        self.guaranteed: dict[str, set[Contract]] = {}
        self.lists = {child: self._list(row) for child, row in self.children.items()}
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

    def units(self, number: int | list[int]) -> Need:
        """Return place-units a day, as many days as are counted."""
        return tuple(number) if isinstance(number, list) else (number,) * (5 if self.weekly else 1)

    def takes(self, held: Asking, child: str, contract: Contract) -> bool:
        """Return whether a program's choice among those there and a child takes the child."""
        row, mine = self.programs[contract.program], self.key(child, contract)
        if LIMITS & row.keys():
            return child in self.choose(contract.program, {**held, child: contract}).slots
        before = [one.need for other, one in held.items() if other != child and self.key(other, one) < mine]
        days = enumerate(zip(contract.need, self.units(row["capacity"]), strict=True))
        return all(
            not asked or asked + sum(need[day] for need in before) <= seats for day, (asked, seats) in days
        )

    def choose(self, program: str, asking: Asking) -> Choice:
        """Choose: the settled, then each reserve in turn, then everybody by key."""
        row = self.programs[program]
        free = [*self.units(row["capacity"])]
        caps = [(cap["bands"], [*self.units(cap["max"])]) for cap in row.get("age_caps", ())]
        rooms = [(slot, [*self.units(slot["count"])]) for slot in row.get("reserves", ())]
        slots: dict[str, str] = {}

        def seat(child: str, slot: str, room: list[int]) -> None:
            need, band = asking[child].need, self.children[child].get("band")
            once = [min(1, units) for units in need]
            limits = [(free, need), (room, need), *((left, once) for bands, left in caps if band in bands)]
            each = [(left, day, units) for left, asked in limits for day, units in enumerate(asked) if units]
            if child not in slots and all(left[day] >= units for left, day, units in each):
                slots[child] = slot
                for left, day, units in each:
                    left[day] -= units

        queue = sorted(asking, key=lambda child: self.key(child, asking[child]))
        settled = sum(self.key(child, asking[child])[0] < 0 for child in queue)
        reserved = [
            (slot, room, c)
            for slot, room in rooms
            for c in queue
            if slot["tag"] in self.children[c].get("tags", ())
        ]
        for child in queue[:settled]:
            for slot, room, other in reserved:
                if other == child:
                    seat(child, slot["tag"], room)
            seat(child, "open", [*free])
        for slot, room, child in reserved:
            seat(child, slot["tag"], room)
        shut = [room for slot, room in rooms if not slot.get("open", True)]
        everyone = [max(0, left - sum(room[day] for room in shut)) for day, left in enumerate(free)]
        for child in queue[settled:]:
            seat(child, "open", everyone)
        return Choice(slots, everyone, caps)

    def _check(self) -> None:
        members = [child for rows in self.families.values() for child in set().union(*rows)]
        if len(members) > len(self.children.keys() & set(members)):
            raise Malformed("$.families: a child is unknown, or in two families")
        for table in ("programs", "children"):
            for index, row in enumerate(self.instance[table]):
                asked = {
                    *map(program_of, row.get("wishes", ())),
                    *row.get("fallback", ()),
                    row.get("pinned", ""),
                }
                asked |= {*self.joint.get(row["id"], ())} if table == "children" else set()
                wrong = [f"no program {name!r}" for name in sorted(asked - self.programs.keys() - {""})]
                wrong += [
                    f"{key} is not for {self.algorithm}"
                    for key in REFUSED.get(self.algorithm, set()) & row.keys()
                ]
                needs = [
                    wish.get("need", 1) for wish in (row, *row.get("wishes", ())) if isinstance(wish, dict)
                ]
                if not self.weekly and (
                    isinstance(row.get("capacity"), list) or any(need != 1 for need in needs)
                ):
                    wrong.append(f"places are whole under {self.algorithm}")
                if wrong:
                    raise Malformed(f"$.{table}[{index}]: {wrong[0]}")

    def _contract(self, row: Row, wish: str | Row) -> Contract:
        own: int | list[int] = row.get("need", 1)
        return Contract(program_of(wish), self.units(own if isinstance(wish, str) else wish.get("need", own)))

    def _list(self, row: Row) -> list[Contract]:
        own = [row["current"]] if row.get("current") in self.programs else []
        asked = [
            *self.stated[row["id"]],
            *(self._contract(row, name) for name in [*self.joint.get(row["id"], ()), *own]),
        ]
        pinned = [self._contract(row, row["pinned"])] if "pinned" in row else []
        asked = [one for one in pinned + asked if self._eligible(row, one.program)]
        may = row.get("fallback", ()) if row.get("right") and self.rules["fallback"] else ()
        named = {contract.program for contract in asked}
        beside = [
            self._contract(row, name) for name in may if name not in named and self._eligible(row, name)
        ]
        self.guaranteed[row["id"]] = {*beside}
        return list(dict.fromkeys(asked + beside))

    def _eligible(self, row: Row, program: str) -> bool:
        ranking = self.ranking(program)
        ranked = ranking is None or row["id"] in ranking or row.get("current") == program
        return program == row.get("pinned") or (ranked and program not in row.get("blocked", ()))

    def _key(self, child: str, contract: Contract) -> Key:
        row, program, ranking = self.children[child], contract.program, self.ranking(contract.program)
        own = row.get("priority_at", {}).get(program) or row.get("priority") or NO_PRIORITY
        tier, points, ties, draw = own["tier"], own["points"], tuple(own.get("ties", ())), (0, 0)
        if ranking is not None:
            tier, points, ties = 0, 0, (ranking.index(child) + 1 if child in ranking else 0,)
        elif self.rules["lottery"]:
            draw = (self.lottery(row["family"]), row.get("ordinal", 0))
        if all(
            asked <= had for asked, had in zip(contract.need, self.units(row.get("need", 1)), strict=True)
        ):
            tier = (
                KEEPS if program == row.get("current") else PINNED if program == row.get("pinned") else tier
            )
        return (tier, contract in self.guaranteed[child], -points, ties, *draw, child)

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
