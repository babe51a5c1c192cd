"""Goes wherever links lead, one page of each kind, and looks whether the pages are as they must be."""

import re
from collections import deque
from pathlib import Path

from tests.e2e.visitor import Visitor

__all__ = ("crawl", "faults")

AXE = Path(__file__).resolve().parents[2] / "core/opptak/ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_VIOLATIONS = """rules => axe.run({runOnly: rules}).then(result => result.violations.flatMap(
    found => found.nodes.map(node => found.id + ' at ' + node.target.join(' '))))"""

_LINKS = """() => [...document.querySelectorAll('a[href]:not([type], [download])')]
    .filter(link => link.origin === location.origin)
    .map(link => link.pathname)"""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(
    r"\b(?:admission|allocation|error|facility|letter|offer|portal|staff|ui|web)(?:\.[a-z_]+)+\b"
)
_FILE = re.compile(r"\.(?:pdf|json|csv|zip)$|/(?:json|csv)$")


async def crawl(visitor: Visitor, *starts: str, within: str = "/") -> list[str]:
    """Visit one page of each kind that links lead to, below a path; return what is wrong with them."""
    waiting, seen, wrong = deque(starts), set[str](), list[str]()
    while waiting:
        path = waiting.popleft()
        kind = _ID.sub("*", path)
        if kind in seen or _FILE.search(path) or not path.startswith(within):
            continue
        seen.add(kind)
        response = await visitor.open(path)
        if response is None or response.status != 200:
            wrong.append(f"{kind} is answered {response.status if response else 'not at all'}")
        wrong += [f"{kind} {fault}" for fault in await faults(visitor)]
        waiting.extend(await visitor.page.evaluate(_LINKS))
    return wrong


async def faults(visitor: Visitor) -> list[str]:
    """Return what is wrong with the page that is open: wider than the window, a text missing, a barrier."""
    page, found = visitor.page, list[str]()
    width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if width > 0:
        found.append(f"is {width} pixels too wide")
    found += [f"shows the key {key}" for key in _KEY.findall(await page.locator("body").inner_text())]
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    barriers: list[str] = await page.evaluate(_VIOLATIONS, RULES)
    return found + [f"has {barrier}" for barrier in barriers]
