"""The search for the best outcome of `families` by OR-Tools CP-SAT; the web process never comes here.

The objectives are taken one after another, each kept when the next is asked. One thread, a fixed seed and a
limit in the solver's own count of work, not in seconds, make a run repeat itself.
"""

from collections.abc import Collection, Sequence
from importlib.metadata import version

from ortools.sat.python import cp_model

from opptak.engine.families_model import Model
from opptak.engine.families_town import Answer, Town

__all__ = ("SOLVER", "Answer", "solve")

SOLVER = f"ortools {version('ortools')} CP-SAT"
SEED = 1


def solve(
    town: Town, left: Sequence[int], start: Sequence[int], *, pardoned: Collection[int] = (), work: float
) -> Answer:
    """Choose among the options `left` to each party, as bits.

    Only the `pardoned` may block, as few of them as can be. `start` is an outcome to begin with; `work`
    limits the solver's effort, in its own deterministic seconds.
    """
    model = Model(town, left, pardoned)
    model.hint(start)
    solver = _solver()
    answer = Answer(None, 0, proved=False)
    for goal in model.goals():
        solver.parameters.max_deterministic_time = max(0.0, work)
        model.cp.minimize(goal)
        status = solver.solve(model.cp)
        work -= solver.deterministic_time
        if status == cp_model.INFEASIBLE:
            return Answer(None, 0, proved=True)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            answer = model.answer(solver)
        if status != cp_model.OPTIMAL:
            return answer
        model.cp.add(goal == round(solver.objective_value))
        model.hint(answer.chosen or start)
    return answer._replace(proved=True)


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    return solver
