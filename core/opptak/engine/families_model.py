"""`families` as constraints for OR-Tools CP-SAT; the web process never comes here.

A party about which there is something to decide has a variable an option. For every option that a party may
miss, one of its programs must have too many others with a better rank, unless the party may block.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from ortools.sat.python import cp_model

from opptak.engine.families_narrow import bits
from opptak.engine.families_town import Answer, Option, Stake, Town

__all__ = ("Model",)


class _Comer(NamedTuple):
    """A child that comes to a program if the variable is true; surely where there is none."""

    rank: int
    party: int
    variable: cp_model.IntVar | None


class Model:
    """The options `left` to each party, as bits; only the `pardoned` may block."""

    def __init__(self, town: Town, left: Sequence[int], pardoned: Collection[int]) -> None:
        self._town = town
        self._left = left
        self.cp = cp_model.CpModel()
        self._variables = [self._choice(options) for options in left]
        self._comers = self._find_comers()
        self._blocks = {party: self.cp.new_bool_var("") for party in sorted(pardoned)}
        self._limit_seats()
        for party in range(len(left)):
            self._forbid_blocking(party)

    def goals(self) -> Iterator[cp_model.LinearExprT]:
        """Yield what is to be as small as can be, the most important first."""
        rows, weights = self._town.market.children, self._town.weights()
        if self._blocks:
            yield cp_model.LinearExpr.sum(list(self._blocks.values()))
        yield self._total(lambda _, option: -sum(rows[seat.child].right for seat in option.seats))
        yield self._total(lambda _, option: -len(option.seats))
        yield self._total(lambda _, option: option.rank)
        yield self._total(lambda party, option: weights[party] * option.rank)

    def hint(self, chosen: Sequence[int]) -> None:
        """Begin the search at an outcome."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for variables, got in zip(self._variables, chosen, strict=True):
            for option, variable in variables.items():
                self.cp.add_hint(variable, option == got)
        blocking = {party for party, _ in self._town.blocking(chosen)} if self._blocks else ()
        for party, variable in self._blocks.items():
            self.cp.add_hint(variable, party in blocking)

    def answer(self, solver: cp_model.CpSolver) -> Answer:
        """Read the option of each party out of what the solver found."""
        chosen = [
            next((option for option, variable in variables.items() if solver.value(variable)), _highest(left))
            for variables, left in zip(self._variables, self._left, strict=True)
        ]
        blocking = sum(solver.value(variable) for variable in self._blocks.values())
        return Answer(chosen, blocking, proved=False)

    def _choice(self, options: int) -> dict[int, cp_model.IntVar]:
        if options.bit_count() == 1:
            return {}
        variables = {option: self.cp.new_bool_var("") for option in bits(options)}
        self.cp.add_exactly_one(variables.values())
        return variables

    def _total(self, cost: Callable[[int, Option], int]) -> cp_model.LinearExprT:
        costs = {
            variable: cost(number, party.options[option])
            for number, party in enumerate(self._town.parties)
            for option, variable in self._variables[number].items()
        }
        return cp_model.LinearExpr.weighted_sum(list(costs), list(costs.values()))

    def _find_comers(self) -> list[list[_Comer]]:
        comers: list[list[_Comer]] = [[] for _ in self._town.seats]
        for number, party in enumerate(self._town.parties):
            for option in bits(self._left[number]):
                variable = self._variables[number].get(option)
                for seat in party.options[option].seats:
                    comers[seat.program].append(_Comer(seat.rank, number, variable))
        for those in comers:
            those.sort(key=lambda comer: comer.rank)
        return comers

    def _limit_seats(self) -> None:
        for seats, comers in zip(self._town.seats, self._comers, strict=True):
            open_ = [comer.variable for comer in comers if comer.variable is not None]
            taken = len(comers) - len(open_)
            if len(comers) > seats:
                self.cp.add(cp_model.LinearExpr.sum(open_) <= seats - taken)

    def _forbid_blocking(self, party: int) -> None:
        """Let the party have each option or a better one, unless a program has no room for it there.

        An option that a child alone can't have was ruled out because others go before it who don't block.
        With a family that need not keep the family itself from making room, so that it is asked for anew.
        """
        left, row, variables = self._left[party], self._town.parties[party], self._variables[party]
        pardon = [self._blocks[party]] if party in self._blocks else []
        for number in range(_highest(left)):
            if row.family or left >> number & 1:
                upto = bits(left & ((2 << number) - 1))
                got = [variables[option] for option in upto if option in variables]
                self._require(party, [*got, *pardon], row.options[number].stakes)

    def _require(self, party: int, excuses: list[cp_model.IntVar], stakes: Sequence[Stake]) -> None:
        refusals = []
        for stake in stakes:
            lack, others = self._before(party, stake)
            if lack <= 0:
                return
            if lack <= len(others):
                refusals.append((lack, others))
        if len(refusals) == 1:
            lack, others = refusals[0]
            weights = [lack] * len(excuses) + [1] * len(others)
            self.cp.add(cp_model.LinearExpr.weighted_sum([*excuses, *others], weights) >= lack)
            return
        refused = []
        for lack, others in refusals:
            refused.append(self.cp.new_bool_var(""))
            self.cp.add(cp_model.LinearExpr.sum(others) >= lack).only_enforce_if(refused[-1])
        self.cp.add_bool_or([*excuses, *refused])

    def _before(self, party: int, stake: Stake) -> tuple[int, list[cp_model.IntVar]]:
        """Return how many others must still come before the party is refused, and who may."""
        lack = self._town.seats[stake.program] - stake.seats + 1
        others = []
        for rank, other, variable in self._comers[stake.program]:
            if rank >= stake.rank:
                break
            if other != party:
                lack -= variable is None
                others += [variable] if variable is not None else []
        return lack, others


def _highest(options: int) -> int:
    return options.bit_length() - 1
