"""Places by weekdays and weights (`fit`): rounds in which what does not fit is passed over, and repair.

A child refused early may fit later, when a larger need has made way for a better one. Programs therefore
choose anew until nobody has a claim. An outcome without claims need not exist, so a program that comes back
too often goes by the strict rule from then on: its cut-off only tightens and the repair ends.
"""

from collections import Counter, deque
from collections.abc import Iterator

from opptak.engine.market import Market
from opptak.engine.paths import Path
from opptak.engine.rounds import Placing, Rounds

__all__ = ("VISITS", "fit")

VISITS = 50
"""How often a program may choose anew before it goes by the strict rule."""


def fit(market: Market, path: Path = Path.PYTHON) -> Placing:
    """Return what each child gets, and which programs had to go by the strict rule."""
    if path is Path.NUMBA and all(seating.plain for seating in market.seatings):
        # A process that never takes this way never pays for its imports.
        from opptak.engine.fit_arrays import fit_compiled  # noqa: PLC0415

        return fit_compiled(market)
    rounds = Rounds(market)
    rounds.run()
    queue = deque(range(len(market.programs)))
    waiting = set(queue)
    visits: Counter[int] = Counter()
    while queue:
        program = queue.popleft()
        waiting.remove(program)
        visits[program] += 1
        if visits[program] > VISITS:
            rounds.make_strict(program)
        for concerned in _choose_anew(rounds, program):
            if concerned not in waiting:
                waiting.add(concerned)
                queue.append(concerned)
    return rounds.placing()


def _choose_anew(rounds: Rounds, program: int) -> Iterator[int]:
    """Choose among all who are there or would rather be; yields the programs that this may concern."""
    market, at, held = rounds.market, rounds.at, rounds.held[program]
    contracts = list(zip(market.applicants[program], market.positions[program], strict=True))
    chosen = rounds.choose(
        program, [rank for rank, (child, position) in enumerate(contracts) if position <= at[child]]
    )
    if held.symmetric_difference(chosen):
        for rank in sorted(held.symmetric_difference(chosen).intersection(chosen)):
            yield from _come(rounds, program, rank)
        for rank in sorted(held.difference(chosen)):
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
    if any(twin < rank and positions[twin] <= left for twin in market.seatings[program].twins.get(rank, ())):
        yield program
    if left < len(market.lists[child]):
        other = market.lists[child][left]
        rounds.held[other].remove(market.ranks[child][left])
        yield other
    rounds.at[child] = positions[rank]
    rounds.held[program].add(rank)
