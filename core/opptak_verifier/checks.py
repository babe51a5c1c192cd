"""The checks V1 to V10: each recomputes what it checks and says in one line what it found."""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from opptak_verifier.account import Found, wish_faults
from opptak_verifier.figures import figures
from opptak_verifier.guarantee import Guarantee
from opptak_verifier.market import KEEPS, Market
from opptak_verifier.outcomes import expected
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
        ("V4", audit.stability(), audit.stable),
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
        self.market, self.result, self.found = market, result, Found(market, result)
        self.place: dict[str, str | None] = result["assignment"]
        self.claims, self.passed = [*self.found.claims()], [*self.found.passed()]

    def about_others(self) -> bool:
        known = {None, *self.market.programs}
        return self.place.keys() != self.market.children.keys() or not known.issuperset(self.place.values())

    def listed(self) -> Iterator[str]:
        for child in self.place.keys() ^ self.market.children.keys():
            yield f"{child} is in one of the files only"
        for child, program in self.place.items():
            if program is not None and program not in {
                one.program for one in self.market.lists.get(child, ())
            }:
                yield f"{child} did not ask for {program}"
        yield from (
            f"family {name} got no tuple whole" for name, at in self.found.tuples.items() if at is None
        )
        ends = {name: len(tuples) for name, tuples in self.market.families.items()}
        if self.result["families"] != {
            c: None if at == ends[c] else at for c, at in self.found.tuples.items()
        }:
            yield "families are told of other tuples"

    def seats(self) -> Iterator[str]:
        for program, children in self.found.held.items():
            if len(self.found.choices[program].slots) < len(children):
                yield f"{program} cannot seat all of its {len(children)} children"

    def holders(self) -> Iterator[str]:
        for child, row in self.market.children.items():
            for own in (one for one in self.found.rather[child] if one.program == row.get("current")):
                key, held = self.market.key(child, own), self.found.held[own.program]
                before = {other: one for other, one in held.items() if self.market.key(other, one) < key}
                behind = any(self.market.key(*rival) < key for rival in self.found.rivals[own.program])
                barred = own.program in self.found.strict and behind
                if (
                    key[0] == KEEPS
                    and not barred
                    and child not in self.market.joint
                    and self.market.takes(before, child, own)
                ):
                    yield f"{child} lost {own.program}"

    def stability(self) -> str:
        """Say what holds of claims."""
        where = "by the strict rule, in settled programs or of families"
        told = f"{len(self.claims)} claims, {where}, are told of"
        return told if self.claims else "nobody has a claim, and nobody could do better without one"

    def stable(self) -> Iterator[str]:
        strict, best = self.found.strict, expected(self.market)
        allowed = {"fit": set() if best else strict, "strict": {*self.market.programs}}
        if strict != allowed.get(self.market.algorithm, set()):
            yield "programs went by the strict rule or settled that should not, or the other way round"
        # Families may have no outcome that nobody blocks: then the metrics say how many do.
        open_ = [claim for claim in self.claims if claim[1] not in strict]
        if not self.market.families or len(open_) != self.result["metrics"].get("blocking"):
            yield from (f"{child} has a claim to {name}" for child, name in open_)
        yield from (f"{child} was passed at {program}" for child, program in self.passed)
        for child, contract in (best or self.found.place).items():
            if contract != self.found.place[child]:
                yield f"{child} belongs to {contract and contract.program}"

    def cutoffs(self) -> Iterator[str]:
        published = self.result["cutoffs"]
        yield from (f"{program} is no program" for program in published.keys() - self.market.programs.keys())
        for program in self.market.programs:
            if published.get(program) != self._cutoff(program):
                yield f"{program} has another cut-off"

    def _cutoff(self, program: str) -> Row:
        choice, strict = self.found.choices[program], {"strict": True} if program in self.found.strict else {}
        full = not all(choice.open_left)
        blank: Row = {"tier": None, "points": None, "ties": [], "lottery": None, "slot": "open"}
        if not full or not choice.slots:
            return {**blank, "full": full, **strict}
        tags = [room["tag"] for room in self.market.programs[program].get("reserves", ())]
        slot = next(tag for tag in ("open", *reversed(tags)) if tag in choice.slots.values())
        held = self.found.held[program]
        key = max(self.market.key(child, held[child]) for child, own in choice.slots.items() if own == slot)
        drawn = self.market.rules["lottery"] and self.market.ranking(program) is None
        last = {"tier": key[0], "points": -key[2], "lottery": f"{key[4]:016x}" if drawn else None}
        fallback = {"fallback": True} if key[1] else {}
        return {**last, "full": True, "ties": list(key[3]), "slot": slot, **fallback, **strict}

    def guarantee(self) -> Iterator[str]:
        return Guarantee(self.found).faults()

    def lottery(self) -> Iterator[str]:
        round_ = self.market.instance["round"]
        if self.result["record"].get("seed") != round_["seed"]:
            yield "the record names another seed"
        committed = round_.get("commitment") if "public_value" not in round_ else None
        if committed and hashlib.sha256(bytes.fromhex(round_["seed"])).hexdigest() != committed.lower():
            yield "the seed is not the one committed to"
        for program, cutoff in self.result["cutoffs"].items():
            families = {self.market.children[child]["family"] for child in self.found.held.get(program, ())}
            drawn = [None, *(f"{self.market.lottery(family):016x}" for family in families)]
            if cutoff.get("lottery") not in drawn:
                yield f"the lottery number of {program} was drawn by nobody there"

    def reserves(self) -> Iterator[str]:
        for program, row in self.market.programs.items():
            if "reserves" in row and program not in self.found.strict:
                everyone = {**dict(reversed(self.found.rivals[program])), **self.found.held[program]}
                if self.found.choices[program].slots != self.market.choose(program, everyone).slots:
                    yield f"{program} fills its slots with others"

    def accounts(self) -> Iterator[str]:
        yield from wish_faults(self.found)
        waiting = {
            p: sorted((self.market.key(c, one), c) for c, one in those)
            for p, those in self.found.rivals.items()
        }
        if self.result["waiting"] != {
            p: list(dict.fromkeys(c for _, c in those)) for p, those in waiting.items()
        }:
            yield "waiting lists differ"

    def hashes(self) -> Iterator[str]:
        record = self.result["record"]
        sealed = {key: value for key, value in record.items() if key not in ("path", "output_hash")}
        hashes = {
            "input_hash": self.market.input_hash(),
            "rules_hash": digest(self.market.instance["rules"]),
            "algorithm": self.market.algorithm,
            "output_hash": digest({**self.result, "record": sealed}),
        }
        blocking = len(self.passed) + sum(name not in self.found.strict for _, name in self.claims)
        counted = figures(self.found, blocking=blocking, valid_claims=len(self.claims))
        for right, told in ((hashes, record), (counted, self.result["metrics"])):
            yield from (f"{key} differs" for key, value in right.items() if told.get(key) != value)
