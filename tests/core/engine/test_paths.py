"""The three ways of computing `da` give the same bytes, whatever the order of rows and the hash seed."""

import os
import subprocess
import sys
from pathlib import Path as File
from random import Random

import pytest
from tests.core.engine.markets import Row, child, encode, market, read, run, seat, seeded_market

from opptak.engine import paths
from opptak.engine.canonical import canonical_bytes
from opptak.engine.cities import build_city
from opptak.engine.instance import Instance
from opptak.engine.paths import MissingExtra, Path, choose
from opptak.engine.result import Result
from opptak.engine.running import allocate

WAYS = (Path.PYTHON, Path.NUMPY, Path.NUMBA)


def outputs(instance: Instance) -> set[bytes]:
    """The results of all ways, without the path's name."""
    return {without_path(allocate(instance, way)) for way in WAYS}


def without_path(result: Result) -> bytes:
    return canonical_bytes(result).replace(f'"path":"{result.record.path}"'.encode(), b"")


@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(0, 400, 100)])
def test_ways_agree_on_markets_with_every_rule(seeds: range) -> None:
    for seed in seeds:
        assert len(outputs(read(seeded_market(seed)))) == 1, seed


@pytest.mark.parametrize("city", ["nordreisa", "tromso"])
def test_ways_agree_on_a_city(city: str) -> None:
    assert len(outputs(build_city(city, seed=1))) == 1


def test_result_names_its_path_and_hashes_alike() -> None:
    instance = build_city("skjervoy", seed=1)
    records = [allocate(instance, way).record for way in WAYS]

    assert [record.path for record in records] == ["python", "numpy", "numba"]
    assert len({record.output_hash for record in records}) == 1


def test_order_of_rows_is_ignored_on_every_way() -> None:
    document = seeded_market(7)
    random = Random(7)  # noqa: S311 -- must repeat itself
    found = set()
    for _ in range(20):
        found |= outputs(read(shuffled(document, random)))

    assert len(found) == 1


def shuffled(document: Row, random: Random) -> Row:
    rows = {key: random.sample(document[key], len(document[key])) for key in ("programs", "children")}
    return dict(random.sample(list({**document, **rows}.items()), len(document)))


def test_hash_seed_of_the_interpreter_is_ignored(tmp_path: File) -> None:
    (tmp_path / "I.json").write_bytes(encode(seeded_market(7)))
    program = "from opptak.cli import main; main()"
    found = {
        subprocess.run(  # noqa: S603 -- our own program
            [sys.executable, "-c", program, "allocate", str(tmp_path / "I.json"), "--engine", way],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout.replace(b'"path":"%s"' % way.encode(), b"")
        for seed, way in (("0", "python"), ("1", "numpy"), ("2", "numba"))
    }

    assert found == {without_path(run(seeded_market(7)))}


def test_small_markets_are_left_to_python_and_the_largest_to_machine_code() -> None:
    assert [choose(Path.AUTO, contracts) for contracts in (0, 20_000, 20_001, 2_000_000)] == [
        Path.PYTHON,
        Path.PYTHON,
        Path.NUMPY,
        Path.NUMBA,
    ]


def test_machine_code_is_missed_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "find_spec", lambda _: None)

    assert choose(Path.AUTO, 2_000_000) is Path.NUMPY
    with pytest.raises(MissingExtra, match="lacks the extra 'fast'"):
        allocate(read(market([seat("A")], [child("c1", "A")])), Path.NUMBA)


def test_plain_python_imports_neither_numpy_nor_numba() -> None:
    program = (
        "import sys; from opptak.engine.cities import build_city; from opptak.engine.running import allocate;"
        "allocate(build_city('nordreisa', seed=1)); print(sorted({'numpy', 'numba'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- our own

    assert done.stdout == "[]\n"


def test_machine_code_is_made_anew_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    from opptak.engine.da_numba import compiled

    def njit(function: object = None, *, cache: bool = False) -> object:
        if cache:
            raise RuntimeError("no locator available")
        return function

    monkeypatch.setattr(numba, "njit", njit)

    assert compiled(outputs) is outputs
