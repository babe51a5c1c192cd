"""Explanations checked: every sentence is computed again from the instance and the result alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from opptak_verifier.account import Found, fates
from opptak_verifier.checks import Check
from opptak_verifier.market import LIMITS, Contract, Key, Market
from opptak_verifier.outcomes import Place
from opptak_verifier.reruns import draws, had_listed, one_more
from opptak_verifier.shape import INSTANCE, RESULT, Left, Row, parse

PREFIXES = {
    "parent": ("allocation.why.",),
    "case-worker": ("allocation.step.",),
    "auditor": ("allocation.step.", "allocation.proof."),
}
CROWD = 5
"""How many other families must share a tier at a program before a family is told of its last child."""
PREDICATES = {
    "unplaced": "unassigned",
    "no_wishes": "unassigned",
    **dict.fromkeys(("kept", "pinned"), "assigned"),
    **{f"offered_{how}": "assigned" for how in ("fallback", "joint", "first", "wish")},
    **dict.fromkeys(("reserved_seat", "slot"), "slot"),
    **{f"right_{cause}": "shortage" for cause in ("seats", "consent", "rules")},
    **dict.fromkeys(("own_points", "own_points_at"), "own_points"),
    **{f"joint_{what}": "joint" for what in ("none", "met", "filtered", "left", "refused")},
    **dict.fromkeys(("filtered", "filtered_listed"), "filtered"),
    "guarantee_full": "guarantee",
    "would_points": "ahead_of_cutoff",
    "waiting": "waiting_position",
    **dict.fromkeys(("seat_left", "would_be_ahead"), "would_take"),
    **dict.fromkeys(("input", "rules", "output", "engine", "solver"), "record"),
    **dict.fromkeys(("seed", "commitment", "replay"), "record"),
    **dict.fromkeys(("lottery", "key"), "key"),
}
"""The predicate of a sentence; of others it is the last part of the key itself, or of a group of them."""
GROUPS = {"refused_": "refused", "ahead_": "ahead_count"}
Told = tuple[str, Row]
"""The last part of a sentence's key with its parameters."""


EXPLANATION: Row = {
    "child": "id",
    "reader": "id",
    "language": Left(None, "text"),
    "sentences": [{"key": "id", "params": {"*": "any"}, "predicate": "id", "text": Left(None, "text")}],
}


def check(instance: bytes | Row, result: bytes | Row, explanations: bytes | Iterable[Row]) -> list[str]:
    """Return what is wrong with explanations; raises Malformed if a file breaks its format.

    A file of explanations holds one a line.
    """
    truth = Truth(Found(Market(parse(instance, INSTANCE)), parse(result, RESULT)))
    lines: Iterable[bytes | Row] = (
        explanations.splitlines() if isinstance(explanations, bytes) else explanations
    )
    return [fault for one in lines for fault in truth.faults(parse(one, EXPLANATION))]


def check_explanations(instance: bytes, result: bytes, explanations: bytes) -> Check:
    """Return the outcome of `check` as one more check beside those of the result."""
    faults = check(instance, result, explanations)
    more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
    holds = f"every sentence of {len(explanations.splitlines())} explanations is so"
    return Check("V11", not faults, "; ".join(faults[:3]) + more if faults else holds)


class Truth:
    """What may be said of one result."""

    def __init__(self, found: Found) -> None:
        self.found, self.market = found, found.market
        self._orders: dict[str, list[tuple[Key, int, str]]] = {}
        self._waiting: dict[str, list[str]] = {}

    def faults(self, explanation: Row) -> Iterator[str]:
        """Yield what an explanation says that is not so, or leaves out: the outcome, the fate of a wish."""
        child, reader = explanation["child"], explanation["reader"]
        if child not in self.market.children or reader not in PREFIXES:
            yield f"{child!r} for {reader!r} is nobody to explain anything to"
            return
        staff, said = reader != "parent", list[Told]()
        allowed = [told for _, told in self._of(child, staff=staff)]
        for sentence in explanation["sentences"]:
            prefix, dot, key = sentence["key"].rpartition(".")
            prefix += dot
            told = (key, sentence["params"])
            said.append(told)
            right = prefix in PREFIXES[reader] and sentence["predicate"] == _predicate(key)
            known = self._proofs(child) if prefix == "allocation.proof." else allowed
            if not right or not (told in known or self._holds(child, *told)):
                yield f"{child} is told what is not so: {sentence['key']}"
        missing = [told for must, told in self._of(child, staff=staff) if must and told not in said]
        yield from (f"{child} is not told: {key}" for key, _ in missing)

    def _of(self, child: str, *, staff: bool) -> Iterator[tuple[bool, Told]]:
        """Yield what may be told of a child, and whether it must be."""
        yield True, self._outcome(child)
        yield from ((False, told) for told in self._place(child, staff=staff))
        yield from ((False, told) for told in self._own(child))
        yield from ((True, told) for told in self._joint(child))
        guaranteed = self.market.guaranteed[child]
        for contract, fate in zip(self._told_rows(child), fates(self.found, child), strict=True):
            program = {"program": contract.program}
            if staff and contract in self.market.lists[child]:
                yield False, ("own_key", program | self._own_key(child, contract))
            if fate["status"] == "refused" and contract in guaranteed and not staff:
                yield True, ("guarantee_full", {})
            elif fate["status"] == "refused":
                yield True, self._refused(child, contract, fate["by"], staff=staff)
                yield from ((False, told) for told in self._beside(child, contract, fate["by"], staff=staff))
            elif fate["status"] == "not_needed":
                yield False, ("not_needed", program)
            elif fate["status"] == "filtered":
                other = contract.program != self.found.result["assignment"][child]
                yield other, ("filtered_listed" if fate["by"] == "listed" else "filtered", program)

    def _told_rows(self, child: str) -> list[Contract]:
        """Return the contracts that stand behind the published rows."""
        rows, stated = self.found.rows(child), len(self.market.stated[child])
        guaranteed, got = self.market.guaranteed[child], self.found.place[child]
        asked = {*self.found.rather[child], got}
        return rows[:stated] + [one for one in rows[stated:] if one not in guaranteed or one in asked]

    def _outcome(self, child: str) -> Told:
        row, got, stated = self.market.children[child], self.found.place[child], self.market.stated[child]
        if got is None:
            return ("unplaced" if row["wishes"] else "no_wishes"), {}
        told = {"program": got.program}
        for key, own in (("kept", row.get("current")), ("pinned", row.get("pinned"))):
            if got.program == own:
                return key, told
        if got not in stated:
            return ("offered_fallback" if got in self.market.guaranteed[child] else "offered_joint"), told
        number = stated.index(got) + 1
        return ("offered_first", told) if number == 1 else ("offered_wish", told | {"number": number})

    def _place(self, child: str, *, staff: bool) -> Iterator[Told]:
        got = self.found.place[child]
        if got:
            if self.market.weekly and not all(got.need):
                yield "days", {"program": got.program, "days": [day for day in range(5) if got.need[day]]}
            slot = self.found.choices[got.program].slots.get(child, "open")
            if slot != "open":
                yield "reserved_seat", {"program": got.program}
                yield from [("slot", {"program": got.program, "tag": slot})] if staff else []
        for entry in self.found.result["shortage"]:
            if child in entry["children"]:
                numbers = {"claims": entry["claims"], "seats": entry["seats"]}
                yield f"right_{entry['cause']}", numbers if staff else {}

    def _own(self, child: str) -> Iterator[Told]:
        row = self.market.children[child]
        if self.market.algorithm == "seniority":
            yield "queue", {"position": self._queue.index(child) + 1, "of": len(self._queue)}
        places: list[tuple[str, Row, Row | None]] = [("own_points", {}, row.get("priority"))]
        places += [
            ("own_points_at", {"program": program}, own)
            for program, own in row.get("priority_at", {}).items()
        ]
        for key, where, own in places:
            if own:
                yield key, where | {"points": own["points"]}
                yield from (("criterion", where | reason) for reason in own.get("reasons", ()))

    @cached_property
    def _queue(self) -> list[str]:
        nowhere = Contract("", self.market.units(1))
        return sorted(self.market.children, key=lambda child: self._key_beside(child, nowhere))

    def _key_beside(self, child: str, contract: Contract) -> Key:
        """Return the key at a place the child does not have."""
        row, market = self.market.children[child], self.market
        own = row.get("priority") or {"tier": 65536, "points": 0}
        draw = (market.lottery(row["family"]), row.get("ordinal", 0)) if market.rules["lottery"] else (0, 0)
        own = row.get("priority_at", {}).get(contract.program) or own
        return (own["tier"], False, -own["points"], tuple(own.get("ties", ())), *draw, child)

    def _joint(self, child: str) -> Iterator[Told]:
        for name, tuples in self.market.families.items():
            family = sorted(set().union(*tuples))
            if child in family:
                got = self.found.result["families"].get(name)
                yield ("joint_none", {}) if got is None else ("joint_met", {"number": got + 1})
                for index, one in enumerate(tuples[:got]):
                    yield self._missed(family, one, {"number": index + 1})

    def _missed(self, family: list[str], joint: Row, number: Row) -> Told:
        """Return why a joint wish was not met."""
        want: dict[str, str] = {}
        for child in family:
            row, may = self.market.children[child], {one.program for one in self.market.lists[child]}
            sits = self.found.result["assignment"][child]
            pinned = sits if sits == row.get("pinned") else None
            beside = pinned or row.get("current")
            place = joint.get(child) or (beside if beside in may else None)
            if place and (place not in may or pinned not in (None, place)):
                return "joint_filtered", number
            want |= {child: place} if place else {}
        for program in want.values():
            ours = {child: Contract(program, (1,)) for child, place in want.items() if place == program}
            others = {child: one for child, one in self.found.held[program].items() if child not in family}
            if not ours.keys() <= self.market.choose(program, others | ours).slots.keys():
                return "joint_refused", number | {"program": program}
        return "joint_left", number

    def _own_key(self, child: str, contract: Contract) -> Row:
        program, key = contract.program, self.market.key(child, contract)
        if program not in self._orders:
            self._orders[program] = sorted(
                (self.market.key(other, one), -at, other)
                for other, those in self.market.lists.items()
                for at, one in enumerate(those)
                if one.program == program
            )
        order = self._orders[program]
        position = order.index((key, -self.market.lists[child].index(contract), child)) + 1
        return {"tier": key[0], "points": -key[2], "position": position, "of": len(order)}

    def _refused(self, child: str, contract: Contract, by: str | None, *, staff: bool) -> Told:
        program = {"program": contract.program}
        if by is None:
            seats = any(self.market.units(self.market.programs[contract.program]["capacity"]))
            return ("refused_joint" if seats else "refused_no_seats"), program
        if by == "size":
            days = self._days_without_room(child, contract)
            return ("refused_days", program | {"days": days}) if days else ("refused_size", program)
        if by in ("cap", "reserve", "strict_switch"):
            switch = "strict" if self.market.algorithm == "strict" else "settled"
            return f"refused_{by.replace('strict_switch', switch)}", program
        own, last = self.market.key(child, contract), self._last(child, contract.program)
        numbers = {"tier": (own[0], last[0]), "points": (-own[2], -last[2])} if last else {}
        if staff:
            told = dict(zip(("own", "last"), numbers[by], strict=True)) if by in numbers else {}
            return f"refused_{by}", program | told
        if by == "listed":
            return "refused_listed", program
        if last is None or not self._in_a_crowd(child, contract.program, last[0]):
            return "refused_higher_priority", program
        if by == "tier":
            return ("refused_kept" if last[0] == -2 else "refused_tier"), program
        if self.market.algorithm == "seniority":
            return "refused_queue", program
        told = {"own": -own[2]} | ({"last": -last[2]} if by == "points" else {})
        return f"refused_{by}", program | told

    def _beside(self, child: str, contract: Contract, by: str | None, *, staff: bool) -> Iterator[Told]:
        """Yield what may be told beside the reason of a refusal."""
        program, own = contract.program, self.market.key(child, contract)
        if program not in self._waiting:
            asked = sorted((self.market.key(c, one), c) for c, one in self.found.rivals[program])
            self._waiting[program] = list(dict.fromkeys(c for _, c in asked))
        line = self._waiting[program]
        of = {"of": len(line)} if staff else {}
        yield "waiting", {"program": program, "position": line.index(child) + 1, **of}
        last = self._last(child, program)
        compared = by in ("points", "tie", "lottery") and self.market.algorithm != "seniority"
        if last and compared and (staff or self._in_a_crowd(child, program, last[0])):
            level = (*own[:2], last[2], *own[3:])
            yield "would_points", {"program": program, "points": -last[2] + (level > last)}
        if staff:
            keys = [self.market.key(other, one) for other, one in self._others(child, program).items()]
            for part, count in Counter(self._part(own, key, program) for key in keys).items():
                yield f"ahead_{part}", {"program": program, "count": count}

    def _others(self, child: str, program: str) -> dict[str, Contract]:
        return {other: one for other, one in self.found.held[program].items() if other != child}

    def _part(self, own: Key, key: Key, program: str) -> str:
        """Return in which part of the key somebody went ahead."""
        if key > own:
            return "behind"
        if key[0] < 0:
            return "kept"
        if self.market.ranking(program) is not None:
            return "listed"
        parts = (("tier", 0, 2), ("points", 2, 3), ("tie", 3, 4), ("lottery", 4, 5))
        return next((by for by, start, end in parts if key[start:end] != own[start:end]), "tie")

    def _last(self, child: str, program: str) -> Key | None:
        """Return the key of the last other child in the places a child competes for."""
        slots, held = self.found.choices[program].slots, self.found.held[program]
        tags = self.market.children[child].get("tags", ())
        others = [other for other in slots if other != child]
        those = [other for other in others if slots[other] == "open"]
        those = those or [other for other in others if slots[other] in tags]
        return max((self.market.key(other, held[other]) for other in those), default=None)

    def _in_a_crowd(self, child: str, program: str, tier: int) -> bool:
        rows, held = self.market.children, self.found.held[program]
        same = {rows[c]["family"] for c, one in held.items() if self.market.key(c, one)[0] == tier}
        return len(same - {rows[child]["family"]}) >= CROWD

    def _days_without_room(self, child: str, contract: Contract) -> list[int]:
        program, mine = contract.program, self.market.key(child, contract)
        held = self._others(child, program)
        before = {other: one for other, one in held.items() if self.market.key(other, one) < mine}
        choice = self.market.choose(program, before)
        left = choice.open_left
        if mine[0] < 0:
            seats = self.market.units(self.market.programs[program]["capacity"])
            taken = [before[other].need for other in choice.slots]
            left = [room - sum(need[day] for need in taken) for day, room in enumerate(seats)]
        return [day for day, units in enumerate(contract.need) if units and units > left[day]]

    def _proofs(self, child: str) -> Iterator[Told]:
        record, round_ = self.found.result["record"], self.market.instance["round"]
        yield "input", {"hash": self.market.input_hash()}
        yield "rules", {"hash": record["rules_hash"]}
        yield "output", {"hash": record["output_hash"]}
        yield "replay", {"hash": record["output_hash"]}
        yield "engine", {"engine": record["engine"], "algorithm": self.market.algorithm}
        yield "solver", {"solver": record["solver"]}
        yield "seed", {"seed": round_["seed"]}
        yield "commitment", {"hash": round_.get("commitment")}
        yield "lottery", {"lottery": f"{self.market.lottery(self.market.children[child]['family']):016x}"}
        for contract in self.market.lists[child]:
            tier, fallback, lack, ties, drawn, ordinal, _ = self.market.key(child, contract)
            tied = ",".join(map(str, ties)) or "-"
            key = f"{tier}/{int(fallback)}/{-lack}/{tied}/{drawn:016x}/{ordinal}"
            yield "key", {"program": contract.program, "key": key}

    def _holds(self, child: str, key: str, params: Row) -> bool:
        """Return whether what would have happened is so; asked only where it is told."""
        program = params.get("program")
        if program not in self.market.programs:
            return False
        if key in ("seat_left", "would_be_ahead"):
            return params.keys() == {"program"} and self._would_take(child, program, full=key != "seat_left")
        if key == "one_more":
            return params.keys() == {"program"} and one_more(self.market, child, program)
        if key == "had_listed":
            return params.keys() == {"program"} and had_listed(self.market, child, program)
        return key == "chance" and params == self._chance(child, program)

    @cached_property
    def _draws(self) -> list[Place | None]:
        return list(draws(self.market))

    def _chance(self, child: str, program: str) -> Row:
        """Count the draws in which a child gets a program; one that can't be made again counts as none."""
        got = [place[child] for place in self._draws if place]
        count = sum(one is not None and one.program == program for one in got)
        return {"program": program, "count": count, "draws": len(self._draws)}

    def _would_take(self, child: str, program: str, *, full: bool) -> bool:
        row, place, held = (
            self.market.children[child],
            self.market.programs[program],
            self.found.held[program],
        )
        asked = {contract.program for contract in self.market.lists[child]}
        shut = program in asked or program in row.get("blocked", ()) or program in self.found.strict
        if self.found.place[child] or shut or (LIMITS | {"ranking"}) & place.keys():
            return False
        own = Contract(program, self.market.units(row.get("need", 1)))
        last = max((self.market.key(other, one) for other, one in held.items()), default=None)
        if full != (not all(self.found.choices[program].open_left)) or not self.market.takes(
            held, child, own
        ):
            return False
        ahead = last and last[0] >= 0 and self.market.key(child, own) < last
        return not full or bool(ahead and last and self._in_a_crowd(child, program, last[0]))


def _predicate(key: str) -> str:
    group = next((name for start, name in GROUPS.items() if key.startswith(start)), key)
    return PREDICATES.get(key, group)
