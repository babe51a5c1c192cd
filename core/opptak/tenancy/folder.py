"""A tenant document on disk: a folder of TOML files that people write and review.

`tenant.toml` holds everything but `criteria.toml` (`[[criteria]]`), `fees.toml` (`[[tables]]`),
`texts/<language>.toml` (message key = text) and the logo, which lies beside or in `brand/`. All mistakes are
told at once, with file, line, key and what would be right, and then nothing is read.
"""

import base64
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from opptak.kit.mistakes import Mistake, find_mistakes, mend
from opptak.kit.pictures import png_fault, svg_fault
from opptak.tenancy.config import Criteria, TenantDocument
from opptak.tenancy.soundness import Known, find_unsound
from opptak.tenancy.whereabouts import file_of, line_of, told

__all__ = ("FolderInvalid", "read_criteria", "read_folder", "write_folder")

_PARTS = ("brand", "criteria.toml", "fees.toml", "tenant.toml", "texts")
_PICTURES = (".png", ".svg")
_LARGEST_ASSET = 200_000
_WHERE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_OWN = ("slug", "name", "municipalities")
"""Keys that a template has marks in: each municipality says them itself."""


class FolderInvalid(Exception):
    """The folder is no tenant document; each of the lines names a place and what would be right there."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def read_folder(
    folder: Path,
    *,
    known: Known | None = None,
    template: Path | None = None,
    beside: Collection[str] = (),
) -> TenantDocument:
    """Read a tenant document; raises FolderInvalid.

    With `known`, what the document refers to must be known too. What is missing comes from the folder
    `template`. `beside` names files that may lie there without being part of the document.
    """
    files = _Files(folder)
    files.require_parts((*_PARTS, *beside))
    base = _Files(template).raw() if template else {}
    for key in _OWN:
        base.pop(key, None)
    raw = _merged(base, files.raw())
    found = list(find_mistakes(raw, TenantDocument))
    document = _convert(mend(raw, TenantDocument) if found else raw)
    if known and document:
        told = {mistake.path for mistake in found}
        found += [one for one in find_unsound(document, known) if one.path not in told]
    files.tell(found)
    if files.lines or document is None:
        raise FolderInvalid(files.lines)
    return document


def read_criteria(file: Path, wrong: Callable[[Criteria], Iterable[Mistake]]) -> tuple[Criteria, ...]:
    """Read a file of criteria; raises FolderInvalid, also for what is found `wrong` with a version."""
    files = _Files(file.parent)
    raw = files.criteria(file)
    found = list(find_mistakes(raw, _CriteriaFile))
    versions = msgspec.convert(mend(raw, _CriteriaFile) if found else raw, _CriteriaFile).criteria
    for number, version in enumerate(versions):
        found += [
            msgspec.structs.replace(one, path=("criteria", number, *one.path)) for one in wrong(version)
        ]
    found.sort(key=lambda mistake: line_of(file, mistake.path) or 0)
    lines = [*files.lines, *(told(file, mistake) for mistake in found)]
    if lines:
        raise FolderInvalid(lines)
    return versions


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


class _CriteriaFile(msgspec.Struct, forbid_unknown_fields=True):
    criteria: tuple[Criteria, ...] = ()


class _Files:
    """The files of a folder as they are read, and what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broken: set[Path] = set()
        self.lines: list[str] = []

    def require_parts(self, parts: Collection[str]) -> None:
        """Note files that don't belong here."""
        if not (self._folder / "tenant.toml").is_file():
            raise FolderInvalid([f"{self._folder / 'tenant.toml'}: there is no such file"])
        for path in sorted(self._folder.iterdir()):
            if path.name not in parts and path.suffix not in _PICTURES and path.name[0] != ".":
                known = ", ".join(sorted(parts))
                self.lines.append(
                    f"{path}: not a part of a tenant; those are {known} and a logo (SVG or PNG)"
                )

    def raw(self) -> dict[str, Any]:
        """Return the document as far as it can be read."""
        raw = self._toml(self._folder / "tenant.toml")
        raw.update(self.criteria(self._folder / "criteria.toml"))
        if fees := self._toml(self._folder / "fees.toml"):
            raw["fees"] = fees
        texts = sorted((self._folder / "texts").glob("*.toml"))
        if texts:
            raw["texts"] = {path.stem: _flat(self._toml(path)) for path in texts}
        beside = [path for path in sorted(self._folder.glob("*")) if path.suffix in _PICTURES]
        logos = [*beside, *sorted((self._folder / "brand").glob("*"))]
        if logos:
            raw["assets"] = {path.name: self._asset(path) for path in logos}
            if len(logos) == 1 and isinstance(raw.setdefault("brand", {}), dict):
                raw["brand"].setdefault("logo", logos[0].name)
        return raw

    def criteria(self, path: Path) -> dict[str, Any]:
        """Return what a file of criteria holds."""
        content = self._toml(path)
        for key in content.keys() - {"criteria"}:
            at = f"{path}:{line_of(path, (key,)) or 1}"
            self.lines.append(f"{at}: {key}: there is no such key; right: [[criteria]], and all below it")
        return {key: value for key, value in content.items() if key == "criteria"}

    def tell(self, mistakes: Iterable[Mistake]) -> None:
        """Note mistakes with their place, file by file; a file that can't be read has one already."""
        placed = [(file_of(self._folder, mistake.path), mistake) for mistake in mistakes]
        placed.sort(key=lambda one: (str(one[0]), line_of(one[0], one[1].path) or 0))
        for file, mistake in placed:
            # What isn't there may be missing because a file that can't be read would have said so.
            if file not in self._broken and (file.exists() or not self._broken):
                self.lines.append(told(file, mistake))

    def _toml(self, path: Path) -> dict[str, Any]:
        if not path.exists():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            self.lines.append(f"{path}: this is not UTF-8 ({error.reason}); right: save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            where = _WHERE.search(str(error))
            at = ":{}:{}".format(*where.groups()) if where else ""
            self.lines.append(f"{path}{at}: this is not TOML: {_WHERE.sub('', str(error))}")
        self._broken.add(path)
        return {}

    def _asset(self, path: Path) -> str:
        content = path.read_bytes()
        if path.suffix not in _PICTURES or len(content) > _LARGEST_ASSET:
            self.lines.append(f"{path}: a logo is an SVG or PNG file of at most {_LARGEST_ASSET} bytes")
        elif fault := svg_fault(content) if path.suffix == ".svg" else png_fault(content):
            self.lines.append(f"{path}: {fault}")
        return base64.b64encode(content).decode()


def _convert(raw: Mapping[str, Any]) -> TenantDocument | None:
    try:
        return msgspec.convert(raw, TenantDocument)
    except msgspec.ValidationError:
        return None


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables laid over one another, key by key; lists are one value."""
    both = {**base, **own}
    for key in base.keys() & own.keys():
        if isinstance(base[key], dict) and isinstance(own[key], dict):
            both[key] = _merged(base[key], own[key])
    return both


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
