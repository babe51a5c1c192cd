"""The two file formats: what may stand where, the path of the first thing that may not, canonical bytes."""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

Row = dict[str, Any]


class Malformed(ValueError):
    """A file breaks its format; the text starts with the JSON path."""


class Left(NamedTuple):
    """A field that may be left out, which is the same as its default; it may be null if the default is."""

    default: Any
    rule: Any


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _text(value: Any) -> bool:
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _units(value: Any) -> bool:
    each = value if isinstance(value, list) and len(value) == 5 else [value]
    return all(_whole(0, 2**31 - 1)(units) for units in each)


LEAVES: dict[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "text": _text,
    "id": lambda value: _text(value) and value != "",
    "id or null": lambda value: value is None or _text(value),
    "flag": lambda value: isinstance(value, bool),
    "count": _whole(0, 2**31 - 1),
    "units, or units a day": _units,
    "small": _whole(0, 65535),
    "integer": _whole(-(2**63), 2**63 - 1),
    "hex": lambda value: _text(value) and re.fullmatch("([0-9a-fA-F]{2})+", value) is not None,
    "digest": lambda value: _text(value) and re.fullmatch("[0-9a-f]{64}", value) is not None,
}
TEXT, COUNT, FLAG, UNITS = (
    Left(None, "text"),
    Left(None, "count"),
    Left(True, "flag"),
    "units, or units a day",
)
REASONS = [{"criterion": "id", "points": "integer"}]
PRIORITY = {"tier": "small", "points": "small", "ties": Left([], ["integer"]), "reasons": Left([], REASONS)}
WISH = {"program": "id", "need": Left(None, UNITS), "start": TEXT, "hours": COUNT, "distance_m": COUNT}
PROGRAM = {
    **dict.fromkeys(("id", "facility"), "id"),
    **dict.fromkeys(("owner", "district", "language", "start", "band"), TEXT),
    "capacity": UNITS,
    "reserves": Left([], [{"count": "count", "tag": "id", "open": FLAG}]),
    "age_caps": Left([], [{"bands": ["id"], "max": "count"}]),
    "counts_for_guarantee": FLAG,
    "min_group": COUNT,
    "ranking": Left(None, ["id"]),
}
CHILD = {
    **dict.fromkeys(("id", "family"), "id"),
    **dict.fromkeys(("band", "current", "district", "language", "pinned"), TEXT),
    **dict.fromkeys(("tags", "blocked"), Left([], ["text"])),
    "wishes": [("id", WISH)],
    "need": Left(1, UNITS),
    "right": Left(False, "flag"),
    "fallback": Left(None, ["id"]),
    "priority": Left(None, PRIORITY),
    "priority_at": Left({}, {"*": PRIORITY}),
    "income_band": Left(None, ("text", "integer")),
    "ordinal": Left(0, "count"),
}
ALGORITHMS = ("=da", "=da_offers", "=seniority", "=fit", "=strict", "=families")
INSTANCE: Row = {
    "format": "=opptak-allocation/1",
    "round": {
        "tenant": "id",
        "intake": "id",
        "seed": "hex",
        "commitment": Left(None, "digest"),
        "public_value": TEXT,
    },
    "rules": {"algorithm": ALGORITHMS, "priority": ("=points", "=listed"), "lottery": FLAG, "fallback": FLAG},
    "programs": [PROGRAM],
    "children": [CHILD],
    "families": Left([], [{"id": "id", "tuples": [{"*": "id or null"}]}]),
}
SHORTAGE = {
    "cause": "id",
    "children": ["id"],
    "programs": ["id"],
    "seats": "count",
    "claims": "count",
    "day": COUNT,
}
RESULT: Row = {
    "format": "=opptak-allocation-result/1",
    "assignment": {"*": "id or null"},
    "cutoffs": {"*": {"*": "any"}},
    "shortage": [SHORTAGE],
    "wishes": {"*": [{"program": "id", "status": "id", "by": "id or null"}]},
    **{key: {"*": "any"} for key in ("waiting", "families", "metrics", "record")},
}


def parse(document: bytes | Row, rule: Row) -> Row:
    """Read JSON, or take it as read, and return it without what stands at its default; raises Malformed."""
    if isinstance(document, bytes):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"$: no JSON: {error}") from error
    parsed: Row = _fit(document, rule, "$")
    return parsed


def canonical(document: Any) -> bytes:
    """Encode with sorted keys, no spaces and one newline at the end."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def digest(document: Any) -> str:
    """Return the SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _fit(value: Any, rule: Any, path: str) -> Any:
    if isinstance(rule, tuple):
        for one in rule[:-1]:
            with suppress(Malformed):
                return _fit(value, one, path)
        return _fit(value, rule[-1], path)
    if isinstance(rule, str):
        if not (value == rule[1:] if rule[0] == "=" else LEAVES[rule](value)):
            raise Malformed(f"{path}: expected {rule.removeprefix('=')}")
        return value
    if not isinstance(value, type(rule)):
        raise Malformed(f"{path}: expected {'a list' if isinstance(rule, list) else 'an object'}")
    if isinstance(rule, list):
        return [_fit(item, rule[0], f"{path}[{index}]") for index, item in enumerate(value)]
    if "*" in rule:
        return {key: _fit(item, rule["*"], f"{path}[{key!r}]") for key, item in value.items()}
    record = _fit_record(value, rule, path)
    return record["program"] if rule is WISH and len(record) == 1 else record


def _fit_record(value: Row, rules: Row, path: str) -> Row:
    needed = {key for key, rule in rules.items() if not isinstance(rule, Left)}
    for key in sorted(value.keys() - rules.keys() | needed - value.keys()):
        raise Malformed(f"{path}.{key}: {'unknown' if key in value else 'missing'}")
    kept = {}
    for key, item in value.items():
        rule = rules[key] if isinstance(rules[key], Left) else Left(..., rules[key])
        if item is not None or rule.default is not None:
            fitted = _fit(item, rule.rule, f"{path}.{key}")
            if fitted != rule.default:
                kept[key] = fitted
    return kept
