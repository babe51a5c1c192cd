"""The engine: an instance in, a result out; nothing else is looked at."""

import msgspec

import opptak
from opptak.engine.canonical import input_hash, rules_hash
from opptak.engine.da import UNPLACED, deferred_acceptance
from opptak.engine.instance import Instance
from opptak.engine.market import Market
from opptak.engine.metrics import measure
from opptak.engine.outcome import Outcome
from opptak.engine.result import Record, Result, output_hash
from opptak.engine.shortage import shortages
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("ENGINE", "allocate")

ENGINE = "opptak " + ".".join(opptak.__version__.split(".")[:2])
"""Name and version of the engine as a record gives it; a change that may alter outcomes raises it."""


def allocate(instance: Instance) -> Result:
    """Give out the places; equal instances give equal bytes.

    Raises Malformed for an instance that breaks the format, UnsupportedAlgorithm for other rules than `da`.
    """
    check(instance)
    check_algorithm(instance)
    market = Market.of(instance)
    place = deferred_acceptance(market)
    return _publish(market, place)


def _publish(market: Market, place: list[int]) -> Result:
    outcome = Outcome(market, place)
    programs = [program.id for program in market.programs]
    children = [child.id for child in market.children]
    assignment = {
        child: None if program == UNPLACED else programs[program]
        for child, program in zip(children, place, strict=True)
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
        shortage=shortages(market, place),
        families={},
        metrics=measure(outcome, assignment, wishes),
        record=_record(market.instance),
    )
    return _sealed(result)


def _record(instance: Instance) -> Record:
    return Record(
        input_hash=input_hash(instance),
        rules_hash=rules_hash(instance.rules),
        engine=ENGINE,
        path="python",
        algorithm=instance.rules.algorithm,
        seed=instance.round.seed,
        solver=None,
        output_hash="",
    )


def _sealed(result: Result) -> Result:
    sealed = msgspec.structs.replace(result.record, output_hash=output_hash(result))
    return msgspec.structs.replace(result, record=sealed)
