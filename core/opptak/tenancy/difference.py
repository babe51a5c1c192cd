"""The difference between two tenant documents, one line a change."""

from collections.abc import Iterator
from typing import Any

import msgspec

from opptak.tenancy.config import TenantDocument

__all__ = ("differences",)


def differences(old: TenantDocument | None, new: TenantDocument) -> tuple[str, ...]:
    """Return the changes as `path: old → new`; a document that is not there yet is `new`."""
    if old is None:
        return ("new",)
    return tuple(_walk("$", msgspec.to_builtins(old), msgspec.to_builtins(new)))


def _walk(path: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _walk(f"{path}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _walk(f"{path}[{index}]", _at(old, index), _at(new, index))
    elif old != new:
        yield f"{path}: {_short(old)} → {_short(new)}"


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _short(value: Any) -> str:
    text = "–" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}…"
