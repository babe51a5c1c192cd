"""Verify a round, or one's own line of it; a line a check, exit 0 if all hold, 1 or 2 if not."""

import json
import sys
from pathlib import Path

from opptak_verifier.checks import verify
from opptak_verifier.lines import check_line
from opptak_verifier.predicates import check_explanations
from opptak_verifier.shape import INSTANCE, RESULT

USAGE = """usage: python -m opptak_verifier INSTANCE RESULT [--explanations FILE]
       python -m opptak_verifier --line LINE CERTIFICATE
"""


def main(arguments: list[str]) -> int:
    """Verify two files; `-` is standard input for one of them."""
    if arguments == ["--schema"]:
        sys.stdout.write(json.dumps({"instance": INSTANCE, "result": RESULT}, indent=1) + "\n")
        return 0
    own = arguments[:1] == ["--line"]
    told = [] if own or arguments[2:3] != ["--explanations"] else arguments[3:]
    names = arguments[own:] if not told else arguments[:2]
    if len(names) != 2 or len(told) > 1 or names == ["-", "-"]:
        sys.stderr.write(USAGE)
        return 2
    try:
        one, other = (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes() for name in names)
        checks = [check_line(one, other)] if own else verify(one, other)
        checks += [check_explanations(one, other, Path(name).read_bytes()) for name in told]
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for check in checks:
        sys.stdout.write(f"{check.code:<4}{'ok' if check.passed else 'FAILED':<8}{check.detail}\n")
    return 0 if all(check.passed for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
