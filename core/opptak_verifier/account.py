"""What families are told, recomputed: what became of each wish, and why a right to a place was not met."""

from collections.abc import Iterator

from opptak_verifier.market import Choice, Market
from opptak_verifier.shape import Row

Held = dict[str, list[str]]


def wish_faults(market: Market, held: Held, rather: Held, result: Row) -> Iterator[str]:
    """Yield the children who are told something else about their wishes than what happened."""
    choices = {program: market.choose(program, children) for program, children in held.items()}
    if result["wishes"].keys() != market.children.keys():
        yield "wishes are of other children"
    for child, stated in market.stated.items():
        place = result["assignment"][child]
        asked = [*rather[child], place]
        beside = [
            program
            for program in market.lists[child]
            if program not in stated and (program in asked or not market.under_guarantee(child, program))
        ]
        told: list[Row] = []
        for program in [*stated, *beside]:
            status, by = _status(market, child, program, place)
            if status == "not_needed" and program in rather[child]:
                status, by = "refused", _refusal(market, child, program, choices[program])
            if status == "offered" and any(row["program"] == program for row in told):
                status = "not_needed"
            told.append({"program": program, "status": status, "by": by})
        if result["wishes"].get(child) != told:
            yield f"{child} is told something else than what happened"


def _status(market: Market, child: str, program: str, place: str | None) -> tuple[str, str | None]:
    row = market.children[child]
    if program == place:
        return "offered_by_fallback" if market.under_guarantee(child, program) else "offered", None
    if program not in market.lists[child]:
        return "filtered", None if program in row.get("blocked", ()) else "listed"
    return ("filtered" if place is not None and place == row.get("pinned") else "not_needed"), None


def _refusal(market: Market, child: str, program: str, choice: Choice) -> str | None:
    row, key = market.children[child], market.key(child, program)
    if not market.programs[program]["capacity"]:
        return None
    if row.get("band") in choice.full_bands:
        return "cap"
    shared = [other for other, slot in choice.slots.items() if slot == "open"]
    shared = shared or [other for other, slot in choice.slots.items() if slot in row.get("tags", ())]
    last = max((market.key(other, program) for other in shared), default=None)
    if last is None or key < last:
        return "reserve"
    if market.ranking(program) is not None:
        return "tier" if last[0] < 0 else "listed"
    parts = (("tier", 0, 2), ("points", 2, 3), ("tie", 3, 4), ("lottery", 4, 5))
    return next((by for by, start, end in parts if key[start:end] != last[start:end]), "tie")


def shortage_faults(market: Market, held: Held, result: Row) -> Iterator[str]:
    """Yield the children with the right whose missing place is explained wrongly, or not at all."""
    counted = [program for program, row in market.programs.items() if row.get("counts_for_guarantee", True)]
    accepts = {child: set(wishes).intersection(counted) for child, wishes in market.lists.items()}
    right = {child for child, row in market.children.items() if row.get("right")}
    guaranteed = right if market.rules["fallback"] else set()
    consent = {c for c in guaranteed if "fallback" in market.children[c] and accepts[c]}
    waiting = {c for c in consent if result["assignment"][c] is None}
    first = max(0, min((market.key(c, p)[0] for c in waiting for p in accepts[c]), default=0))
    entitled = {p: [c for c in held[p] if c in right or market.key(c, p)[0] < first] for p in held}
    leaky = {p for p in held if len(entitled[p]) < max(len(held[p]), market.programs[p]["capacity"])}
    while more := {p for p in held.keys() - leaky if any(accepts[c] & leaky for c in held[p] if c in right)}:
        leaky |= more
    expected: dict[str, list[str]] = {}
    for child in market.children:
        if child in right and result["assignment"][child] is None:
            cause = ("rules" if accepts[child] & leaky else "seats") if child in consent else "consent"
            expected.setdefault(cause, []).append(child)
    told = {entry["cause"]: entry["children"] for entry in result["shortage"]}
    if told != expected or len(told) != len(result["shortage"]):
        yield "children with the right and without a place are listed wrongly"
    for entry in result["shortage"]:
        programs, seats, claims = set(entry["programs"]), 0, len(entry["children"])
        if entry["cause"] == "seats":
            seats = sum(market.programs[program]["capacity"] for program in programs & market.programs.keys())
            claims = sum(bool(accepts[child]) and accepts[child] <= programs for child in right)
            claims += sum(child not in right for program in programs for child in held.get(program, ()))
            covered = all(accepts.get(child, {""}) <= programs for child in entry["children"])
            if not covered or claims < seats + len(entry["children"]):
                yield "the shortage of seats is not proved"
        if (seats, claims) != (entry["seats"], entry["claims"]) or (programs and entry["cause"] != "seats"):
            yield "the shortage is counted wrongly"
