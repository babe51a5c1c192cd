"""Check the whole tree, or the paths given; prints the findings and exits 1 if there are any."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.lint import code_rules, text_rules
from tools.lint.engine import Finding, check, sources

ROOT = Path(__file__).resolve().parents[2]
RULE_MODULES = (code_rules, text_rules)


def find(paths: Sequence[Path] = (ROOT,)) -> list[Finding]:
    """The findings under `paths`, all of which lie in this repository."""
    resolved = [path.resolve() for path in paths]
    return [finding for source in sources(ROOT, resolved) for finding in check(source)]


if __name__ == "__main__":
    findings = find([Path(one) for one in sys.argv[1:]] or [ROOT])
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    sys.exit(bool(findings))
