"""The one right outcome, where the rules leave but one, by the plainest means; and which families block."""

from collections import Counter
from collections.abc import Callable

from opptak_verifier.market import LIMITS, Contract, Key, Market

Place = dict[str, Contract | None]
Held = dict[str, dict[str, Contract]]
"""Who is in each program, with what."""
Joint = dict[str, str | None]
"""Where a tuple puts each child of a family."""


def expected(market: Market) -> Place | None:
    """Return the outcome the rules leave no choice about; None where there may be several.

    Where reserves and caps meet in one program, the best outcome without claims need not be unique; that of
    families is the solver's; and under `fit` there is a repair if anybody has a claim, or asks twice for a
    program that weighs more than keys.
    """
    fit, limited = (
        market.algorithm == "fit",
        {name for name, row in market.programs.items() if row.keys() & LIMITS},
    )
    crossing = {name for name in limited if market.programs[name].keys() >= LIMITS}
    twice = (
        name
        for wishes in market.lists.values()
        for name, n in Counter(one.program for one in wishes).items()
        if n > 1
    )
    if market.families or (crossing and not fit) or (fit and not limited.isdisjoint(twice)):
        return None
    ways: dict[str, Callable[[Market], Place]] = {"da_offers": best_for_programs, "strict": never_passed}
    place = ways.get(market.algorithm, best_for_children)(market)
    if fit:
        held = seat(market, place)
        asked = ((child, one) for child, got in place.items() for one in rather(market, child, got))
        if any(market.takes(held[one.program], child, one) for child, one in asked):
            return None
    return place


def rather(market: Market, child: str, got: Contract | None) -> list[Contract]:
    """Return the contracts a child would rather have than what it got."""
    return market.lists[child][: market.lists[child].index(got) if got else None]


def seat(market: Market, place: Place) -> Held:
    """Return who is where."""
    held: Held = {program: {} for program in market.programs}
    for child, contract in place.items():
        if contract:
            held[contract.program][child] = contract
    return held


def best_for_children(market: Market) -> Place:
    """All who have nothing ask their next wish at once, until nobody has one left to ask."""
    held: Held = {program: {} for program in market.programs}
    queue = {child: iter(contracts) for child, contracts in market.lists.items()}
    asking = set(queue)
    while asking:
        asked = seat(market, {child: next(queue[child], None) for child in asking})
        asking = set()
        for program in (program for program, those in asked.items() if those):
            everyone = held[program] | asked[program]
            taken = market.choose(program, everyone).slots
            held[program] = {child: everyone[child] for child in taken}
            asking |= everyone.keys() - taken.keys()
    place: Place = dict.fromkeys(market.children)
    return place | {child: contract for those in held.values() for child, contract in those.items()}


def best_for_programs(market: Market) -> Place:
    """Each program offers to its choice among those who have not refused it; children keep the best offer."""
    hopes: Held = {program: {} for program in market.programs}
    for child, wishes in market.lists.items():
        for contract in wishes:
            hopes[contract.program][child] = contract
    while True:
        offers = {program: market.choose(program, hope).slots for program, hope in hopes.items()}
        place = {
            c: next((w for w in wishes if c in offers[w.program]), None) for c, wishes in market.lists.items()
        }
        held = seat(market, place)
        refused = [
            (program, child) for program in held for child in offers[program].keys() - held[program].keys()
        ]
        if not refused:
            return place
        for program, child in refused:
            del hopes[program][child]


def never_passed(market: Market) -> Place:
    """Each program lowers its bar to the first who does not fit; nobody behind may ask there again."""
    bars: dict[str, Key] = {}
    left = {child: wishes[::-1] for child, wishes in market.lists.items()}
    while True:
        for child, wishes in left.items():
            while (
                wishes
                and wishes[-1].program in bars
                and market.key(child, wishes[-1]) > bars[wishes[-1].program]
            ):
                wishes.pop()
        place: Place = {child: wishes[-1] if wishes else None for child, wishes in left.items()}
        lowered: dict[str, Key] = {}
        for program, those in seat(market, place).items():
            out = those.keys() - market.choose(program, those).slots.keys()
            lowered |= {program: min(market.key(child, those[child]) for child in out)} if out else {}
        if not lowered:
            return place
        for key in lowered.values():
            left[key[-1]].pop()
        bars |= lowered


def own_seat(market: Market, child: str) -> str | None:
    """Return the program a child is sure of: where it is pinned, else where it is today, if there is room."""
    for contract in market.lists[child]:
        key, program = market.key(child, contract), contract.program
        rows = (row for row in market.children.values() if program in (row.get("current"), row.get("pinned")))
        ahead = (market.key(row["id"], contract) for row in rows if contract in market.lists[row["id"]])
        if key[0] < 0 and sum(other < key for other in ahead) < market.programs[program]["capacity"]:
            return program
    return None


def joint_places(market: Market, tuples: list[Joint]) -> list[Joint | None]:
    """Return where each tuple puts the family, None if it can't be had, and last what it has without one.

    A child for whom a tuple has nothing keeps the seat it is sure of.
    """
    own = {child: own_seat(market, child) for child in set().union(*tuples)}
    fixed = {
        child: seat for child, seat in own.items() if seat and seat == market.children[child].get("pinned")
    }
    asked = {child: {None, *(contract.program for contract in market.lists[child])} for child in own}
    places = [(one, own | {child: place for child, place in one.items() if place}) for one in [*tuples, {}]]
    return [
        want if want == want | fixed and all(place in asked[child] for child, place in one.items()) else None
        for one, want in places
    ]


def blocks(market: Market, held: Held, want: Joint) -> bool:
    """Return whether every program, choosing among the others there and the family, takes the family."""
    for program in {place for place in want.values() if place}:
        family = {child: Contract(program, (1,)) for child, place in want.items() if place == program}
        others = {child: contract for child, contract in held[program].items() if child not in want}
        if not family.keys() <= market.choose(program, others | family).slots.keys():
            return False
    return True
