"""The engine: an instance in, a result out; nothing else is looked at."""

import msgspec

import opptak
from opptak.engine.canonical import input_hash, rules_hash
from opptak.engine.instance import Instance
from opptak.engine.market import UNPLACED, Market
from opptak.engine.memory import no_cycles
from opptak.engine.metrics import measure
from opptak.engine.outcome import Outcome
from opptak.engine.paths import Path, choose
from opptak.engine.result import Record, Result, output_hash
from opptak.engine.shortage import shortages
from opptak.engine.solving import SOLVERS, Solved
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("ENGINE", "allocate")

ENGINE = "opptak " + ".".join(opptak.__version__.split(".")[:2])
"""Name and version of the engine as a record gives it; a change that may alter outcomes raises it."""


@no_cycles()
def allocate(instance: Instance, path: Path = Path.AUTO) -> Result:
    """Give out the places; equal instances give equal bytes, but for the path that the record names.

    Raises Malformed for an instance that breaks the format, MissingExtra where the path or the algorithm
    needs what is not installed.
    """
    check(instance)
    check_algorithm(instance)
    market = Market.of(instance)
    taken = choose(path, sum(map(len, market.lists)))
    return _publish(market, SOLVERS[instance.rules.algorithm](market, taken), taken)


def _publish(market: Market, solved: Solved, path: Path) -> Result:
    outcome = Outcome(market, solved.positions, strict=solved.strict)
    programs = [program.id for program in market.programs]
    children = [child.id for child in market.children]
    assignment = {
        child: None if program == UNPLACED else programs[program]
        for child, program in zip(children, outcome.place, strict=True)
    }
    wishes = {child: outcome.wishes(index) for index, child in enumerate(children)}
    result = Result(
        format="opptak-allocation-result/1",
        assignment=assignment,
        wishes=wishes,
        cutoffs={program: outcome.cutoff(index) for index, program in enumerate(programs)},
        waiting={
            program: tuple(children[child] for child in those)
            for program, those in zip(programs, outcome.waiting(), strict=True)
        },
        shortage=shortages(market, solved.positions),
        families=outcome.tuples(),
        metrics=measure(outcome, assignment, wishes),
        record=_record(market.instance, solved, path),
    )
    return _sealed(result)


def _record(instance: Instance, solved: Solved, path: Path) -> Record:
    return Record(
        input_hash=input_hash(instance),
        rules_hash=rules_hash(instance.rules),
        engine=ENGINE,
        path=path,
        algorithm=instance.rules.algorithm,
        seed=instance.round.seed,
        solver=solved.solver,
        output_hash="",
    )


def _sealed(result: Result) -> Result:
    sealed = msgspec.structs.replace(result.record, output_hash=output_hash(result))
    return msgspec.structs.replace(result, record=sealed)
