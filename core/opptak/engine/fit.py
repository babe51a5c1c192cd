"""Places by weekdays and weights (`fit`): rounds in which what does not fit is passed over, and repair.

A child refused early may fit later, when a larger need has made way for a better one. Programs therefore
choose anew until nobody has a claim. An outcome without claims need not exist, so a program that comes back
too often has settled: from then on it sends nobody away for another, and takes those who fit beside them.
Only children who hold a place there or are pinned to it still go first, and whom they push out is not taken
again.

The repair ends: programs that have not settled are visited a bounded number of times, and each child that a
settled program sends away is one fewer that it may take. When nobody is sent away any more, children only
move to what they would rather have.
"""

from collections import Counter
from collections.abc import Iterator
from heapq import heappop, heappush

from opptak.engine.fit_turns import PROGRAM, VISITS, turn
from opptak.engine.market import Market
from opptak.engine.paths import Path
from opptak.engine.rounds import Placing, Rounds

__all__ = ("fit",)


def fit(market: Market, path: Path = Path.PYTHON) -> Placing:
    """Return what each child gets, and which programs have settled."""
    if path is Path.NUMBA and all(seating.plain for seating in market.seatings):
        # A process that never takes this way never pays for its imports.
        from opptak.engine.fit_arrays import fit_compiled  # noqa: PLC0415

        return fit_compiled(market)
    rounds = Rounds(market)
    rounds.run()
    settled = _repair(rounds)
    return rounds.placing(settled=settled)


def _repair(rounds: Rounds) -> list[int]:
    """Let programs choose anew until nothing changes; returns those that have settled."""
    waiting = set(range(len(rounds.market.programs)))
    queue = sorted(waiting)
    visits: Counter[int] = Counter()
    shut: dict[int, set[int]] = {}
    while queue:
        program = heappop(queue) & PROGRAM
        waiting.remove(program)
        visits[program] += 1
        if visits[program] > VISITS:
            shut.setdefault(program, set())
        for concerned in _choose_anew(rounds, program, shut.get(program)):
            if concerned not in waiting:
                waiting.add(concerned)
                heappush(queue, turn(concerned, visits[concerned]))
    return list(shut)


def _choose_anew(rounds: Rounds, program: int, shut: set[int] | None) -> Iterator[int]:
    """Choose among all who are there or would rather be; yields the programs that this may concern.

    `shut` are those whom a settled program no longer takes, None for one that has not settled.
    """
    market, at, held = rounds.market, rounds.at, rounds.held[program]
    contracts = list(zip(market.applicants[program], market.positions[program], strict=True))
    asking = [rank for rank, (child, position) in enumerate(contracts) if position <= at[child]]
    seating = market.seatings[program]
    if shut is None:
        chosen = seating.choose(asking)
    else:
        chosen = seating.keep(held, [rank for rank in asking if rank not in shut])
    for rank in sorted(set(chosen) - held):
        yield from _come(rounds, program, rank)
    sent = sorted(held.difference(chosen))
    if shut is not None:
        shut.update(sent)
    for rank in sent:
        child, position = contracts[rank]
        held.remove(rank)
        at[child] = len(market.lists[child])
        yield from market.lists[child][position + 1 :]


def _come(rounds: Rounds, program: int, rank: int) -> Iterator[int]:
    """Move a child to a program; yields the one it leaves.

    Yields the program itself where the child may have sat under a lesser contract of its own while others
    chose: what that one took is free again for those between.
    """
    market = rounds.market
    child, positions = market.applicants[program][rank], market.positions[program]
    left = rounds.at[child]
    if any(positions[twin] <= left for twin in market.seatings[program].twins.get(rank, ())):
        yield program
    if left < len(market.lists[child]):
        other = market.lists[child][left]
        rounds.held[other].remove(market.ranks[child][left])
        yield other
    rounds.at[child] = positions[rank]
    rounds.held[program].add(rank)
