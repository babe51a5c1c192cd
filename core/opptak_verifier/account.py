"""What families are told, recomputed: what became of each wish, and why a right to a place was not met."""

from collections.abc import Iterator

from opptak_verifier.market import Contract, Key, Market
from opptak_verifier.outcomes import Joint, Place, blocks, joint_places, rather, seat
from opptak_verifier.shape import Row


class Found:
    """What a result says about its round: who is where with what, and who would rather be where."""

    def __init__(self, market: Market, result: Row) -> None:
        self.market, self.result = market, result
        self.place: Place = {child: self._obtained(child) for child in market.children}
        self.held = seat(market, self.place)
        self.choices = {program: market.choose(program, those) for program, those in self.held.items()}
        self.strict = {
            program for program in market.programs if result["cutoffs"].get(program, {}).get("strict")
        }
        self.rather = {child: rather(market, child, got) for child, got in self.place.items()}
        self.rivals: dict[str, list[tuple[str, Contract]]] = {program: [] for program in market.programs}
        for child, contract in ((child, one) for child, those in self.rather.items() for one in those):
            self.rivals[contract.program].append((child, contract))
        self.tuples = {name: self._tuple(tuples) for name, tuples in market.families.items()}

    def rows(self, child: str) -> list[Contract]:
        """Return the contracts a child may be told about, in order: its wishes, then what no wish names."""
        stated = self.market.stated[child]
        return [*stated, *(contract for contract in self.market.lists[child] if contract not in stated)]

    def claims(self) -> Iterator[tuple[str, str]]:
        """Yield who has a claim to what: a child to a program, a family with tuples to one of them."""
        for program, rivals in self.rivals.items():
            for child, contract in rivals:
                if child not in self.market.joint and self.market.takes(self.held[program], child, contract):
                    yield child, program
        for name, tuples in self.market.families.items():
            better = joint_places(self.market, tuples)[: self.tuples[name]]
            if any(want and blocks(self.market, self.held, want) for want in better):
                yield name, "a tuple"

    def passed(self) -> Iterator[tuple[str, str]]:
        """Yield who was passed by a child behind, which only the strict rule forbids."""
        for program in self.strict if self.market.algorithm == "strict" else ():
            slots, held = self.choices[program].slots, self.held[program]
            for child, contract in self.rivals[program]:
                may, key = (
                    {"open", *self.market.children[child].get("tags", ())},
                    self.market.key(child, contract),
                )
                if any(slots[c] in may and self.market.key(c, held[c]) > key for c in slots.keys() - {child}):
                    yield child, program

    def _obtained(self, child: str) -> Contract | None:
        told = zip(self.rows(child), self.result["wishes"].get(child, ()), strict=False)
        may = [one for one in self.market.lists[child] if one.program == self.result["assignment"].get(child)]
        named = (one for one, row in told if one in may and row["status"].startswith("offered"))
        return next(named, may[0] if may else None)

    def _tuple(self, tuples: list[Joint]) -> int | None:
        """Return which tuple a family got, one more than the last if nothing, None if something else."""
        got = {child: self.result["assignment"].get(child) for child in set().union(*tuples)}
        every = (index for index, want in enumerate(joint_places(self.market, tuples)) if want == got)
        return next(every, None)


def wish_faults(found: Found) -> Iterator[str]:
    """Yield the children who are told something else about their wishes than what happened."""
    told = found.result["wishes"]
    if told.keys() != found.market.children.keys():
        yield "wishes are of other children"
    for child in found.market.children:
        if told.get(child) != fates(found, child):
            yield f"{child} is told something else than what happened"


def fates(found: Found, child: str) -> list[Row]:
    row, got, fates = found.market.children[child], found.place[child], list[Row]()
    for index, contract in enumerate(found.rows(child)):
        status, by = "not_needed", None
        guaranteed = contract in found.market.guaranteed[child]
        if contract not in found.market.lists[child]:
            status, by = "filtered", None if contract.program in row.get("blocked", ()) else "listed"
        elif contract == got:
            offered = "offered_by_fallback" if guaranteed else "offered"
            status = "not_needed" if contract in found.rows(child)[:index] else offered
        elif guaranteed and contract not in found.rather[child]:
            continue
        elif got and got.program == row.get("pinned"):
            status = "filtered"
        elif contract in found.rather[child]:
            status, by = "refused", _refusal(found, child, contract)
        fates.append({"program": contract.program, "status": status, "by": by})
    return fates


def _refusal(found: Found, child: str, contract: Contract) -> str | None:
    market, program = found.market, contract.program
    held = {other: one for other, one in found.held[program].items() if other != child}
    row, key, choice = market.children[child], market.key(child, contract), found.choices[program]
    if not any(market.units(market.programs[program]["capacity"])):
        return None
    limits = [left for bands, left in choice.caps if row.get("band") in bands]
    if any(left[day] <= 0 for left in limits for day, units in enumerate(contract.need) if units):
        return "cap"
    if market.families and market.takes(held, child, contract):
        return None
    keys = {other: market.key(other, one) for other, one in held.items()}
    last = max((keys[other] for other in keys if choice.slots.get(other) == "open"), default=None)
    before = {other: one for other, one in held.items() if keys[other] < key}
    passed = market.weekly and (not held or (last is not None and last > key))
    if passed and not market.takes(before, child, contract):
        return "size"
    if program in found.strict and market.takes(held, child, contract):
        return "strict_switch"
    if last is None:
        mine = (keys[other] for other in keys if choice.slots.get(other) in row.get("tags", ()))
        last = max(mine, default=None)
    return "reserve" if last is None or key < last else _first_difference(found, program, key, last)


def _first_difference(found: Found, program: str, key: Key, last: Key) -> str:
    if found.market.ranking(program) is not None:
        return "tier" if last[0] < 0 else "listed"
    parts = (("tier", 0, 2), ("points", 2, 3), ("tie", 3, 4), ("lottery", 4, 5))
    return next((by for by, start, end in parts if key[start:end] != last[start:end]), "tie")
