"""`python -m opptak_verifier INSTANCE RESULT`: a line a check; exit 0 if all hold, 1 or 2 if not."""

import json
import sys
from pathlib import Path

from opptak_verifier.checks import verify
from opptak_verifier.shape import INSTANCE, RESULT, Malformed


def main(arguments: list[str]) -> int:
    """Verify two files; `-` is standard input for one of them."""
    if arguments == ["--schema"]:
        sys.stdout.write(json.dumps({"instance": INSTANCE, "result": RESULT}, indent=1) + "\n")
        return 0
    if len(arguments) != 2 or arguments == ["-", "-"]:
        sys.stderr.write("usage: python -m opptak_verifier INSTANCE RESULT\n")
        return 2
    try:
        files = [sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes() for name in arguments]
        checks = verify(*files)
    except (Malformed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for check in checks:
        sys.stdout.write(f"{check.code:<4}{'ok' if check.passed else 'FAILED':<8}{check.detail}\n")
    return 0 if all(check.passed for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
