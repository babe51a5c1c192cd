"""A tenant document on disk: a folder of TOML files that people write and review.

`tenant.toml` holds everything but `criteria.toml` (`[[criteria]]`), `fees.toml` (`[[tables]]`),
`texts/<language>.toml` (message key = text) and the files of `brand/`. A mistake is reported with file, line
and path, and nothing is read.
"""

import base64
import re
import tomllib
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from opptak.tenancy.config import TenantDocument

__all__ = ("FolderInvalid", "read_folder", "write_folder")

_PARTS = ("brand", "criteria.toml", "fees.toml", "tenant.toml", "texts")
_LARGEST_ASSET = 200_000
_PATH_IN_ERROR = re.compile(r"`(\$[^`]*)`")
_UNKNOWN_KEY = re.compile(r"unknown field `([^`]+)`")


class FolderInvalid(Exception):
    """The folder can't be read as a tenant document; the message says file, line, path and what is wrong."""


def read_folder(folder: Path, *, knows: Callable[[str], bool] = bool) -> TenantDocument:
    """Read a tenant document; raises FolderInvalid. `knows` tells whether a message key exists."""
    if not (folder / "tenant.toml").is_file():
        raise FolderInvalid(f"{folder / 'tenant.toml'}: there is no such file")
    for path in sorted(folder.iterdir()):
        if path.name not in _PARTS:
            raise FolderInvalid(f"{path}: not a part of a tenant; those are {', '.join(_PARTS)}")
    raw = _read(folder / "tenant.toml")
    raw.update(_read(folder / "criteria.toml"))
    raw["fees"] = _read(folder / "fees.toml")
    raw["texts"] = {path.stem: _flat(_read(path)) for path in sorted((folder / "texts").glob("*.toml"))}
    raw["assets"] = {path.name: _asset(path) for path in sorted((folder / "brand").glob("*"))}
    try:
        document = msgspec.convert(raw, TenantDocument)
    except msgspec.ValidationError as error:
        raise FolderInvalid(_explain(folder, str(error))) from error
    _require_known(folder, document, knows)
    return document


def write_folder(document: TenantDocument, folder: Path) -> None:
    """Write a tenant document so that `read_folder` gives it back; secrets are not part of it."""
    raw: dict[str, Any] = msgspec.to_builtins(document, builtin_types=())
    texts: dict[str, dict[str, str]] = raw.pop("texts", {})
    assets: dict[str, str] = raw.pop("assets", {})
    (folder / "texts").mkdir(parents=True, exist_ok=True)
    (folder / "brand").mkdir(exist_ok=True)
    _write(folder / "criteria.toml", {"criteria": raw.pop("criteria")})
    _write(folder / "fees.toml", raw.pop("fees"))
    _write(folder / "tenant.toml", raw)
    for language, entries in texts.items():
        _write(folder / "texts" / f"{language}.toml", entries)
    for name, encoded in assets.items():
        (folder / "brand" / name).write_bytes(base64.b64decode(encoded))


def _require_known(folder: Path, document: TenantDocument, knows: Callable[[str], bool]) -> None:
    for language, texts in document.texts.items():
        file = folder / "texts" / f"{language}.toml"
        for key in texts:
            if not knows(key):
                raise FolderInvalid(
                    f"{file}:{_line(file, [key], {}) or 1}: there is no text `{key}` to override"
                )


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FolderInvalid(f"{path}: {error}") from error


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(tomli_w.dumps(content), encoding="utf-8")


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    # TOML reads `portal.front.title = "…"` as nested tables; a message key is the dotted path.
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _asset(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix not in {".svg", ".png"} or len(content) > _LARGEST_ASSET:
        raise FolderInvalid(f"{path}: a logo is an SVG or PNG file of at most {_LARGEST_ASSET} bytes")
    return base64.b64encode(content).decode()


def _explain(folder: Path, error: str) -> str:
    found = _PATH_IN_ERROR.search(error)
    steps = _steps(found.group(1)) if found else []
    unknown = _UNKNOWN_KEY.search(error)
    if unknown:
        steps.append(unknown.group(1))
    file = _file_of(folder, steps)
    line = _line(file, [step for step in steps if isinstance(step, str)], _positions(steps))
    return f"{file}:{line}: {error}" if line else f"{file}: {error}"


def _steps(path: str) -> list[str | int]:
    return [
        int(part.strip("[]")) if part.startswith("[") else part
        for part in re.findall(r"[^.\[\]$]+|\[\d+\]", path)
        if part != "..."
    ]


def _positions(steps: list[str | int]) -> dict[str, int]:
    """Return name of an array of tables → the element the path goes through."""
    pairs = pairwise(steps)
    return {name: index for name, index in pairs if isinstance(name, str) and isinstance(index, int)}


def _file_of(folder: Path, steps: list[str | int]) -> Path:
    match steps:
        case ["criteria", *_]:
            return folder / "criteria.toml"
        case ["fees", *_]:
            return folder / "fees.toml"
        case ["texts", str(language), *_]:
            return folder / "texts" / f"{language}.toml"
        case _:
            return folder / "tenant.toml"


def _line(file: Path, names: list[str], positions: Mapping[str, int]) -> int | None:
    """Return the line of the last name, after the headers of the tables around it."""
    if not file.exists() or not names:
        return None
    lines = file.read_text(encoding="utf-8").splitlines()
    at = 0
    for name in names:
        pattern = re.compile(
            rf"^\s*(?:\[\[?[^\]]*\b{re.escape(name)}\s*\]\]?|(?:[\w.\"-]+\.)?\"?{re.escape(name)}\"?\s*=)|[{{,]\s*{re.escape(name)}\s*="
        )
        hits = [number for number in range(at, len(lines)) if pattern.search(lines[number])]
        wanted = positions.get(name, 0)
        if hits:
            at = hits[min(wanted, len(hits) - 1)]
    return at + 1
