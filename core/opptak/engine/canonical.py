"""Canonical bytes: one instance, one sequence of bytes, one hash, whatever the order of its rows."""

import hashlib

import msgspec

from opptak.engine.instance import Child, Instance, Rules, Wish

__all__ = ("canonical_bytes", "digest", "in_order", "input_hash", "rules_hash")

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical_bytes(value: object) -> bytes:
    """Encode as UTF-8 JSON with sorted keys, no spaces and one newline at the end."""
    return _ENCODER.encode(value) + b"\n"


def digest(value: object) -> str:
    """Return the SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def in_order(instance: Instance) -> Instance:
    """Return the same instance with its rows by id and its wishes in their shortest form."""
    return msgspec.structs.replace(
        instance,
        programs=tuple(sorted(instance.programs, key=lambda program: program.id)),
        children=tuple(_shortest(child) for child in sorted(instance.children, key=lambda child: child.id)),
        families=tuple(sorted(instance.families, key=lambda family: family.id)),
    )


def input_hash(instance: Instance) -> str:
    """Return the hash a result names as its input; equals `sha256sum` of a canonical file."""
    return digest(in_order(instance))


def rules_hash(rules: Rules) -> str:
    """Return the hash of the rule set alone: equal over rounds decided by the same rules."""
    return digest(rules)


def _shortest(child: Child) -> Child:
    if all(isinstance(wish, str) or wish != Wish(program=wish.program) for wish in child.wishes):
        return child
    return msgspec.structs.replace(child, wishes=tuple(_plain(wish) for wish in child.wishes))


def _plain(wish: str | Wish) -> str | Wish:
    if isinstance(wish, Wish) and wish == Wish(program=wish.program):
        return wish.program
    return wish
