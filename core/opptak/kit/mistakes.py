"""All mistakes in a document that a person wrote, where msgspec stops at the first one.

A struct is walked member by member; what lies below a member that isn't a struct is msgspec's own to judge.
Each mistake says where it is and what would be right.
"""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

__all__ = ("Mistake", "Path", "did_you_mean", "find_mistakes", "mend", "nearest", "right_value")

Path = tuple[str | int, ...]
"""The way to a value: keys, and positions in lists."""

_PLACE = re.compile(r" - at `(?:key in )?\$[^`]*`$")
_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    date: "a date such as 2027-03-01",
}


class Mistake(msgspec.Struct, frozen=True):
    """One mistake: where it is, what is wrong, and what would be right."""

    path: Path
    told: str
    right: str = ""


def find_mistakes(value: Any, kind: Any, path: Path = ()) -> Iterator[Mistake]:
    """Yield every mistake of `value` as a `kind`, a type that msgspec knows."""
    plain = _plain(kind)
    inside = _members(value, plain)
    if inside is not None:
        for step, member, of in inside:
            yield from find_mistakes(member, of, (*path, step))
    elif _is_struct(plain) and isinstance(value, Mapping):
        yield from _in_struct(value, plain, path)
    else:
        yield from _in_value(value, kind, path)


def mend(value: Any, kind: Any) -> Any:
    """Return the value with something that fits in place of each mistake: the rest can be looked at then."""
    plain = _plain(kind)
    inside = _members(value, plain)
    if inside is not None and isinstance(value, list):
        return [mend(member, of) for _, member, of in inside]
    if inside is not None:
        return {key: mend(member, of) for key, member, of in inside}
    if _is_struct(plain):
        return _mended_struct(value if isinstance(value, Mapping) else {}, plain)
    return next((one for one in (value, *_fitting(plain)) if _fits(one, kind)), None)


def right_value(kind: Any) -> str:
    """Return in words what a value of the type looks like; its own description goes first."""
    kind = _without_none(kind)
    described = [note.description for note in getattr(kind, "__metadata__", ()) if note.description]
    if described:
        return str(described[0]).rstrip(".")
    plain = _plain(kind)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return "one of " + ", ".join(str(member.value) for member in plain)
    if get_origin(plain) in {tuple, list}:
        of = get_args(plain)[0]
        return "tables, one for each" if _is_struct(_plain(of)) else f"a list, each {right_value(of)}"
    return _WORDS.get(plain, "a table" if _is_struct(plain) else "") + _bounds(kind)


def nearest(wrong: str, known: Sequence[str]) -> str:
    """Return a suggestion in place of an unknown word: the nearest known one, else all of them."""
    return did_you_mean(wrong, known) or "one of " + ", ".join(sorted(known))


def did_you_mean(wrong: str, known: Sequence[str]) -> str:
    """Return the nearest of more known words than anybody wants to read; empty when none is near."""
    close = get_close_matches(wrong, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _in_struct(value: Mapping[str, Any], kind: Any, path: Path) -> Iterator[Mistake]:
    hints = get_type_hints(kind, include_extras=True)
    members = {member.encode_name: member for member in msgspec.structs.fields(kind)}
    for key in value:
        if key not in members and kind.__struct_config__.forbid_unknown_fields:
            yield Mistake((*path, key), "there is no such key", nearest(key, list(members)))
    for key, member in members.items():
        of = hints[member.name]
        if key in value:
            yield from find_mistakes(value[key], of, (*path, key))
        elif member.required:
            yield Mistake((*path, key), "is missing", right_value(of))


def _in_value(value: Any, kind: Any, path: Path) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        right = right_value(kind)
        shown = right and isinstance(value, str | int | float | date)
        yield Mistake(path, f"`{value}` can't be used" if shown else _PLACE.sub("", str(error)), right)


def _members(value: Any, plain: Any) -> list[tuple[str | int, Any, Any]] | None:
    """Return the members of a list or table of structs with their type; None for anything else."""
    arguments = get_args(plain)
    match get_origin(plain), value:
        case (origin, list()) if origin in {tuple, list} and _is_struct(_plain(arguments[0])):
            return [(position, member, arguments[0]) for position, member in enumerate(value)]
        case (origin, dict()) if origin is dict and (arguments[1] is str or _is_struct(_plain(arguments[1]))):
            return [(key, member, arguments[1]) for key, member in value.items()]
        case (origin, dict()) if origin is dict and get_origin(arguments[1]) is dict:
            return [(key, member, arguments[1]) for key, member in value.items()]
    return None


def _mended_struct(value: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    mended = {
        member.encode_name: mend(value.get(member.encode_name), hints[member.name])
        for member in msgspec.structs.fields(kind)
        if member.required or member.encode_name in value
    }
    return {key: member for key, member in mended.items() if member is not None}


def _fitting(plain: Any) -> Iterator[Any]:
    """Yield values of which one fits most types."""
    if isinstance(plain, type) and issubclass(plain, Enum):
        yield next(iter(plain)).value
    yield from ("", "aa", "#000000", "2000", 0, 2000, date(2000, 1, 1), False, [], {})


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _plain(kind: Any) -> Any:
    """Return the type without annotations, and without None where something else is possible."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    bare = _without_none(kind)
    return kind if bare is kind else _plain(bare)


def _without_none(kind: Any) -> Any:
    """Return the one type that is possible beside None; the type itself where there is no such choice."""
    if get_origin(kind) in {Union, types.UnionType}:
        rest = [one for one in get_args(kind) if one is not types.NoneType]
        return rest[0] if len(rest) == 1 else kind
    return kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _bounds(kind: Any) -> str:
    notes = getattr(kind, "__metadata__", ())
    least = next((note.ge for note in notes if note.ge is not None), None)
    most = next((note.le for note in notes if note.le is not None), None)
    match least, most:
        case None, None:
            return ""
        case _, None:
            return f", {least} or more"
        case None, _:
            return f", at most {most}"
    return f" from {least} to {most}"
