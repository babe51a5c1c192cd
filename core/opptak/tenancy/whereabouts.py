"""Where in a tenant's folder a value stands: file, line and key."""

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from opptak.kit import mistakes

__all__ = ("file_of", "key_of", "line_of", "told")


def file_of(folder: Path, path: mistakes.Path) -> Path:
    """Return the file that a part of the document stands in."""
    match path:
        case ["criteria", *_]:
            return folder / "criteria.toml"
        case ["fees", *_]:
            return folder / "fees.toml"
        case ["texts", str(language), *_]:
            return folder / "texts" / f"{language}.toml"
        case _:
            return folder / "tenant.toml"


def key_of(path: mistakes.Path) -> str:
    """Return the way to a value inside its file, such as `rounds[0].deadline`."""
    inside = path[1:] if path[:1] == ("fees",) else path[2:] if path[:1] == ("texts",) else path
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in inside)
    return key.removeprefix(".")


def line_of(file: Path, path: mistakes.Path) -> int | None:
    """Return the line of the last key that the file has, after the headers of the tables around it."""
    names = [step for step in path if isinstance(step, str)]
    if not file.exists() or not names:
        return None
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    positions = _positions(path)
    at, end, found = 0, len(lines), False
    for name in names:
        hits = [number for number in range(at, end) if _stands_in(lines[number], name)]
        if hits:
            wanted = min(positions.get(name, 0), len(hits) - 1)
            at, found = hits[wanted], True
            if name in positions and lines[at].lstrip().startswith("["):
                # What belongs to an element stands before the next one.
                end = min([end, *hits[wanted + 1 :]])
    return at + 1 if found else None


def told(file: Path, mistake: mistakes.Mistake) -> str:
    """Return a mistake in one line: file, line, key, what is wrong, what would be right."""
    line = line_of(file, mistake.path)
    where = f"{file}:{line}" if line else str(file)
    right = f"; right: {mistake.right}" if mistake.right else ""
    return ": ".join(filter(None, [where, key_of(mistake.path), mistake.told])) + right


def _stands_in(line: str, name: str) -> bool:
    key = re.escape(name)
    header = rf"^\s*\[\[?[^\]]*\b{key}\s*\]\]?"
    assigned = rf"^\s*(?:[\w.\"-]+\.)?\"?{key}\"?\s*="
    inline = rf"[{{,]\s*\"?{key}\"?\s*="
    return re.search(f"{header}|{assigned}|{inline}", line) is not None


def _positions(path: mistakes.Path) -> Mapping[str, int]:
    """Return name of an array of tables → the element the path goes through."""
    return {name: index for name, index in pairwise(path) if isinstance(name, str) and isinstance(index, int)}
