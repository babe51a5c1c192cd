"""Check that every link in the documents leads somewhere: `python -m tools.links`.

Links within the repository must name an existing file and, after `#`, one of its headings.
Addresses elsewhere are not visited.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$", re.MULTILINE)


def broken_links(root: Path) -> Iterator[str]:
    """`file: target` for each link of a Markdown file under `root` that leads nowhere."""
    for page in documents(root):
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for match in LINK.finditer(text):
            target = match["target"]
            if not re.match(r"[a-z]+:", target) and not leads_somewhere(page, target):
                yield f"{page.relative_to(root).as_posix()}: {target}"


def documents(root: Path) -> list[Path]:
    """The Markdown files of the repository itself, not of what is installed in it."""
    installed = {"node_modules", "vendor", "build", "dist"}
    found = (path for path in root.rglob("*.md") if not _hidden(path.relative_to(root)))
    return sorted(path for path in found if not installed & set(path.parts))


def leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    goal = page.parent / name if name else page
    return goal.exists() and (not anchor or anchor in anchors(goal))


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get where it is published."""
    if page.suffix != ".md":
        return set()
    headings = HEADING.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {anchor(heading["text"]) for heading in headings}


def anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


if __name__ == "__main__":
    broken = list(broken_links(ROOT))
    sys.stdout.writelines(f"{one}\n" for one in broken)
    sys.exit(bool(broken))
