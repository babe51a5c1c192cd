"""The strict cut-off (`strict`): a program takes children in its order until the first who does not fit.

From then on nobody behind that child is taken, however many places its days would leave. Cut-offs only
tighten, so that the outcome is the same whoever asks first, and the best for every child among those in which
nobody is passed by one behind.
"""

from opptak.engine.market import Market
from opptak.engine.rounds import Placing, Rounds

__all__ = ("strict_cutoffs",)


def strict_cutoffs(market: Market) -> Placing:
    """Return what each child gets."""
    rounds = Rounds(market, strict=range(len(market.programs)))
    rounds.run()
    return rounds.placing()
