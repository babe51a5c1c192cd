"""`make faults`: the story told twice, once undisturbed and once while everything is being broken.

    make faults ARGS="--seed 7 --kills 25 --faults 25"

Prints what was broken and when, then what must hold all the same; ends with 1 where it does not, and names
the folder with the logs.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.invariants import Finding, differences, examine
from tests.faults.plan import Phase, draw
from tests.faults.strikes import Strike
from tests.faults.telling import Told, tell
from tests.faults.watch import Stuck
from tests.servers.programs import NotUp

__all__ = ("main",)


def say(line: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make faults", description="Break the deployment and look.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=25, help="workers killed")
    parser.add_argument("--faults", type=int, default=25, help="other faults")
    parser.add_argument("--folder", type=Path, help="for data and logs; kept")
    return parser.parse_args(arguments)


async def compare(folder: Path, *, seed: int, kills: int, others: int) -> list[Finding]:
    """Tell the story twice, print what happened, and return what was found."""
    undisturbed = await tell(folder / "undisturbed", seed=seed, faults={}, steps={})
    say(f"undisturbed: {undisturbed.seconds} s, {sum(undisturbed.steps.values())} steps")
    told = await tell(
        folder / "broken", seed=seed, faults=draw(seed, kills=kills, others=others), steps=undisturbed.steps
    )
    findings = [
        *(_named(finding, "undisturbed") for finding in examine(undisturbed.evidence) if finding.wrong),
        *examine(told.evidence),
        differences(told.evidence, undisturbed.evidence),
        _chain(told),
    ]
    _print_strikes(told.strikes)
    _print_rest(told)
    _print_findings(findings)
    return findings


def _named(finding: Finding, of: str) -> Finding:
    return Finding(name=f"{of}: {finding.name}", looked_at=finding.looked_at, wrong=finding.wrong)


def _chain(told: Told) -> Finding:
    wrong = told.audit if told.sealed else ["nothing was sealed", *told.audit]
    return Finding(name="audit chain whole", looked_at=told.sealed, wrong=wrong)


def _print_strikes(strikes: Sequence[Strike]) -> None:
    say()
    say(f"{'at':>7}  {'phase':<9} {'done':>5}  {'fault':<42} {'whom':<20} open transactions")
    for one in sorted(strikes, key=lambda one: one.seconds):
        note = "" if one.met else "  nothing met it: connections cut"
        when = f"{one.seconds:6.1f}s  {one.phase:<9} {one.done:5.0%}"
        say(f"{when}  {one.kind:<42} {one.whom:<20} {one.open}{note}")


def _print_rest(told: Told) -> None:
    say()
    by_phase = {phase: sum(one.phase is phase for one in told.strikes) for phase in Phase}
    say(f"{len(told.strikes)} faults: " + ", ".join(f"{phase} {n}" for phase, n in by_phase.items()))
    say(f"open transactions ended by them: {sum(one.open for one in told.strikes)}")
    say(
        "people at the site met: " + (", ".join(f"{what} × {n}" for what, n in told.met.items()) or "nothing")
    )
    for cause, times in told.driven_again.items():
        say(f"parked and tried again: {cause} × {times}")
    say(f"sealed files on disk that no row knows: {told.evidence.strays}")
    say(f"broken: {told.seconds} s")


def _print_findings(findings: Sequence[Finding]) -> None:
    say()
    for finding in findings:
        say(f"{'ok' if not finding.wrong else 'WRONG':<6} {finding.name:<36} {finding.looked_at:5}")
        for wrong in finding.wrong[:10]:
            say(f"         {wrong}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    chosen = options(arguments)
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="opptak-faults-"))
    try:
        findings = asyncio.run(compare(folder, seed=chosen.seed, kills=chosen.kills, others=chosen.faults))
    except (Stuck, NotUp) as error:
        say(f"WRONG  {type(error).__name__}: {error}")
        findings = []
    if findings and not any(finding.wrong for finding in findings):
        if not chosen.folder:
            shutil.rmtree(folder, ignore_errors=True)
        return 0
    say(f"the logs are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
