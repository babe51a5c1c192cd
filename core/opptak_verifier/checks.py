"""The checks V1 to V10: each recomputes what it checks and says in one line what it found."""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from opptak_verifier.account import shortage_faults, wish_faults
from opptak_verifier.market import KEEPS, Market
from opptak_verifier.shape import INSTANCE, RESULT, Row, digest, parse


class Check(NamedTuple):
    """Outcome of one check; `detail` says what holds, or names the first faults."""

    code: str
    passed: bool
    detail: str


def verify(instance: bytes | Row, result: bytes | Row) -> list[Check]:
    """Check a result against its instance; raises Malformed if either file breaks its format."""
    audit = _Audit(Market(parse(instance, INSTANCE)), parse(result, RESULT))
    listed = _check("V2", "every place given was asked for", audit.listed())
    if audit.about_others():
        return [listed]
    later: list[tuple[str, str, Callable[[], Iterator[str]]]] = [
        ("V3", "nobody who had a place is worse off", audit.holders),
        ("V4", "nobody has a claim, and nobody could do better without one", audit.stable),
        ("V5", "cut-offs are those of the children admitted", audit.cutoffs),
        ("V6", "children with the right are placed or accounted for", audit.guarantee),
        ("V7", "lottery numbers follow from the seed", audit.lottery),
        ("V8", "reserved seats are filled in the order of the slots", audit.reserves),
        ("V9", "statuses, reasons and waiting lists follow from the keys", audit.accounts),
        ("V10", "hashes and figures are right", audit.hashes),
    ]
    first = _check("V1", "no program exceeds its seats, reserves and caps", audit.seats())
    return [first, listed, *(_check(code, holds, faults()) for code, holds, faults in later)]


def _check(code: str, holds: str, faults: Iterator[str]) -> Check:
    found = sorted(faults)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Check(code, not found, "; ".join(found[:3]) + more if found else holds)


class _Audit:
    def __init__(self, market: Market, result: Row) -> None:
        self.market, self.result = market, result
        self.place: dict[str, str | None] = result["assignment"]
        self.rather: dict[str, list[str]] = {}
        self.held: dict[str, list[str]] = {program: [] for program in market.programs}
        self.rivals: dict[str, list[str]] = {program: [] for program in market.programs}
        for child, wishes in market.lists.items():
            place = self.place.get(child)
            self.rather[child] = wishes[: wishes.index(place)] if place in wishes else wishes
            for program in self.rather[child]:
                self.rivals[program].append(child)
            if place in self.held:
                self.held[place].append(child)

    def about_others(self) -> bool:
        known = {None, *self.market.programs}
        return self.place.keys() != self.market.children.keys() or not known.issuperset(self.place.values())

    def listed(self) -> Iterator[str]:
        for child in self.place.keys() ^ self.market.children.keys():
            yield f"{child} is in one of the files only"
        for child, program in self.place.items():
            if program is not None and program not in self.market.lists.get(child, ()):
                yield f"{child} did not ask for {program}"

    def seats(self) -> Iterator[str]:
        for program, children in self.held.items():
            if len(self.market.choose(program, children).slots) < len(children):
                yield f"{program} cannot seat all of its {len(children)} children"

    def holders(self) -> Iterator[str]:
        for child, row in self.market.children.items():
            current = row.get("current")
            if current in self.rather[child]:
                keep = [other for other in self.held[current] if self.market.key(other, current)[0] == KEEPS]
                if child in self.market.choose(current, [*keep, child]).slots:
                    yield f"{child} lost {current}"

    def claims(self) -> Iterator[tuple[str, str]]:
        for program, row in self.market.programs.items():
            held = self.held[program]
            worst = max((self.market.key(child, program) for child in held), default=None)
            full = len(held) >= row["capacity"] and not ("reserves" in row or "age_caps" in row)
            for child in self.rivals[program]:
                behind = worst is None or self.market.key(child, program) > worst
                if not (full and behind) and child in self.market.choose(program, [*held, child]).slots:
                    yield child, program

    def stable(self) -> Iterator[str]:
        yield from (f"{child} has a claim to {program}" for child, program in self.claims())
        # Where reserves and caps meet in one program, the best outcome without claims need not be unique.
        if not any("reserves" in row and "age_caps" in row for row in self.market.programs.values()):
            for child, program in self.market.best_for_children().items():
                if program != self.place[child]:
                    yield f"{child} belongs to {program}"

    def cutoffs(self) -> Iterator[str]:
        published = self.result["cutoffs"]
        yield from (f"{program} is no program" for program in published.keys() - self.market.programs.keys())
        for program in self.market.programs:
            if published.get(program) != self._cutoff(program):
                yield f"{program} has another cut-off"

    def _cutoff(self, program: str) -> Row:
        choice = self.market.choose(program, self.held[program])
        blank: Row = {"tier": None, "points": None, "ties": [], "lottery": None, "slot": "open"}
        if choice.open_left or not choice.slots:
            return {**blank, "full": not choice.open_left}
        tags = [room["tag"] for room in self.market.programs[program].get("reserves", ())]
        slot = next(tag for tag in ("open", *reversed(tags)) if tag in choice.slots.values())
        key = max(self.market.key(child, program) for child, own in choice.slots.items() if own == slot)
        drawn = self.market.rules["lottery"] and self.market.ranking(program) is None
        last = {"tier": key[0], "points": -key[2], "lottery": f"{key[4]:016x}" if drawn else None}
        fallback = {"fallback": True} if key[1] else {}
        return {**last, "full": True, "ties": list(key[3]), "slot": slot, **fallback}

    def guarantee(self) -> Iterator[str]:
        return shortage_faults(self.market, self.held, self.result)

    def lottery(self) -> Iterator[str]:
        round_ = self.market.instance["round"]
        if self.result["record"].get("seed") != round_["seed"]:
            yield "the record names another seed"
        committed = round_.get("commitment") if "public_value" not in round_ else None
        if committed and hashlib.sha256(bytes.fromhex(round_["seed"])).hexdigest() != committed.lower():
            yield "the seed is not the one committed to"
        for program, cutoff in self.result["cutoffs"].items():
            families = {self.market.children[child]["family"] for child in self.held.get(program, ())}
            drawn = [None, *(f"{self.market.lottery(family):016x}" for family in families)]
            if cutoff.get("lottery") not in drawn:
                yield f"the lottery number of {program} was drawn by nobody there"

    def reserves(self) -> Iterator[str]:
        for program in self.market.programs:
            if "reserves" in self.market.programs[program]:
                now = self.market.choose(program, self.held[program]).slots
                if now != self.market.choose(program, self.held[program] + self.rivals[program]).slots:
                    yield f"{program} fills its slots with others"

    def accounts(self) -> Iterator[str]:
        yield from wish_faults(self.market, self.held, self.rather, self.result)
        for program, children in self.rivals.items():
            children.sort(key=lambda child: self.market.key(child, program))
        if self.result["waiting"] != self.rivals:
            yield "waiting lists differ"

    def hashes(self) -> Iterator[str]:
        record = self.result["record"]
        sealed = {key: value for key, value in record.items() if key not in ("path", "output_hash")}
        hashes = {
            "input_hash": self.market.input_hash(),
            "rules_hash": digest(self.market.instance["rules"]),
            "output_hash": digest({**self.result, "record": sealed}),
        }
        claims, total = sum(1 for _ in self.claims()), len(self.place)
        placed = sum(program is not None for program in self.place.values())
        first = sum(wishes[:1] == [self.place[child]] for child, wishes in self.market.stated.items())
        figures = {"children": total, "placed": placed, "first_ppm": first * 10**6 // max(1, total)}
        figures |= {"blocking": claims, "valid_claims": claims}
        for expected, told in ((hashes, record), (figures, self.result["metrics"])):
            yield from (f"{key} differs" for key, value in expected.items() if told.get(key) != value)
