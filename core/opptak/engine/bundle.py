"""What a municipality publishes so that anyone can check a round: instance, result and verifier together.

Children get fresh pseudonyms in the order of the old ones, since an id breaks the last ties. Families keep
theirs: the lottery is drawn from it, so an instance must name families by a pseudonym of the round. What
decided nothing is left out. The result in the archive is the engine's own for that instance, hence `allocate`
reproduces it bit for bit.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from opptak.engine.canonical import canonical_bytes, in_order
from opptak.engine.instance import Child, Family, Instance, Priority, Program, Wish, program_of
from opptak.engine.result import Result
from opptak.engine.running import allocate
from opptak.kit.errors import Conflict
from opptak.kit.i18n import Translator

__all__ = ("NotReproduced", "anonymised", "bundle", "standalone_verifier")

TEXTS = ("title", "files", "check", "repeat", "means", "names")
"""The paragraphs of the letter to the reader: messages `allocation.bundle.<paragraph>`."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time all files of an archive carry, so that equal content is equal bytes."""
START = "import sys\n\nfrom opptak_verifier.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"


class NotReproduced(Conflict):
    """The engine does not come to the published outcome from the instance."""

    code = "allocation.not_reproduced"

    def __str__(self) -> str:
        return "$: the engine comes to another outcome than the result's"


def bundle(instance: Instance, result: Result, *, readers: Iterable[Translator]) -> bytes:
    """Return the archive (zip), with a letter in the language of each of the readers.

    Raises NotReproduced if the engine does not come to the result's outcome from the anonymised instance.
    """
    names = _Names(instance)
    public = anonymised(instance)
    again = allocate(public)
    if result.assignment.keys() != names.children.keys() or _outcome(result, names) != _outcome(again):
        raise NotReproduced
    content = {
        "instance.json": canonical_bytes(public),
        "result.json": canonical_bytes(again),
        "verify.pyz": standalone_verifier(),
    }
    for tr in readers:
        letter = "\n\n".join(tr(f"allocation.bundle.{text}") for text in TEXTS)
        content[f"README.{tr.language}.txt"] = f"{letter}\n".encode()
    return _archive(content)


def anonymised(instance: Instance) -> Instance:
    """Return an instance with the same outcome that says no more about children than the outcome needs."""
    ordered, names = in_order(instance), _Names(instance)
    return msgspec.structs.replace(
        ordered,
        programs=tuple(names.program(program) for program in ordered.programs),
        children=tuple(names.child(child) for child in ordered.children),
        families=tuple(names.family(family) for family in ordered.families),
    )


def standalone_verifier() -> bytes:
    """Return the verifier as one file that Python runs as it is."""
    package = files("opptak_verifier")
    sources = {f"opptak_verifier/{name}": entry.read_bytes() for name, entry in _sources(package)}
    return b"#!/usr/bin/env python3\n" + _archive({"__main__.py": START.encode(), **sources})


def _sources(package: Traversable) -> Iterable[tuple[str, Traversable]]:
    found = sorted((entry.name, entry) for entry in package.iterdir())
    return ((name, entry) for name, entry in found if name.endswith(".py") and name != "arrays.py")


def _archive(content: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=EPOCH), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


class _Names:
    """Fresh names for children, and for seats kept for one child alone; the rest of a row that decides."""

    def __init__(self, instance: Instance) -> None:
        old = sorted(child.id for child in instance.children)
        width = len(str(len(old)))
        self.children = {child: f"c{number:0{width}}" for number, child in enumerate(old, start=1)}
        self._reserved = {reserve.tag for program in instance.programs for reserve in program.reserves}
        self._capped = {band for row in instance.programs for cap in row.age_caps for band in cap.bands}

    def tag(self, tag: str) -> str:
        """Return the new name of a tag: one that ends with a child's id is that child's own."""
        kind, colon, child = tag.rpartition(":")
        return f"{kind}{colon}{self.children.get(child, child)}" if colon else tag

    def program(self, program: Program) -> Program:
        reserves = (msgspec.structs.replace(one, tag=self.tag(one.tag)) for one in program.reserves)
        known = None if program.ranking is None else tuple(map(self.children.get, program.ranking))
        ranking = None if known is None else tuple(child for child in known if child is not None)
        return msgspec.structs.replace(program, reserves=tuple(reserves), ranking=ranking)

    def child(self, child: Child) -> Child:
        return msgspec.structs.replace(
            child,
            id=self.children[child.id],
            wishes=tuple(map(_wish, child.wishes)),
            tags=tuple(self.tag(tag) for tag in child.tags if tag in self._reserved),
            band=child.band if child.band in self._capped else None,
            priority=_priority(child.priority) if child.priority else None,
            priority_at={program: _priority(own) for program, own in child.priority_at.items()},
            district=None,
            language=None,
            income_band=None,
        )

    def family(self, family: Family) -> Family:
        tuples = ({self.children[child]: place for child, place in one.items()} for one in family.tuples)
        return msgspec.structs.replace(family, tuples=tuple(tuples))


def _priority(priority: Priority) -> Priority:
    return msgspec.structs.replace(priority, reasons=())


def _wish(wish: str | Wish) -> str | Wish:
    if isinstance(wish, str) or wish.need is None:
        return program_of(wish)
    return Wish(program=wish.program, need=wish.need)


def _outcome(result: Result, names: _Names | None = None) -> object:
    """Return what was decided and told, under new names; the figures know distances, which are left out."""

    def named(children: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.children[child] if names else child for child in children)

    return (
        dict(zip(named(result.assignment), result.assignment.values(), strict=True)),
        dict(zip(named(result.wishes), result.wishes.values(), strict=True)),
        {program: named(those) for program, those in result.waiting.items()},
        [msgspec.structs.replace(entry, children=named(entry.children)) for entry in result.shortage],
        {
            program: msgspec.structs.replace(cutoff, slot=names.tag(cutoff.slot) if names else cutoff.slot)
            for program, cutoff in result.cutoffs.items()
        },
        result.families,
    )
