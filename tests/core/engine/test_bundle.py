"""The archive with which anyone checks a round."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import child, market, points, read, run, seat

from opptak.engine.bundle import NotReproduced, anonymised, bundle
from opptak.engine.canonical import canonical_bytes
from opptak.engine.instance import Algorithm, Instance
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance
from opptak.kit.i18n import Catalogues

LANGUAGES = ("nb", "nn", "se", "de", "da", "en")
READERS = [Catalogues.load().translator(language) for language in LANGUAGES]


def unpacked(instance: Instance) -> dict[str, bytes]:
    archive = bundle(instance, allocate(instance), readers=READERS)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("algorithm", sorted(set(Algorithm) - {Algorithm.FAMILIES}))
def test_round_is_reproduced_bit_for_bit(algorithm: Algorithm) -> None:
    for seed in range(8):
        files = unpacked(read(market_under(algorithm, seed)))
        assert canonical_bytes(allocate(parse_instance(files["instance.json"]))) == files["result.json"]


def test_children_are_numbered_and_what_decides_nothing_is_left_out() -> None:
    kept = {"count": 1, "tag": "place:0f3a", "open": False}
    because = [{"criterion": "hardship", "points": 3}]
    document = market(
        [seat("A", 2, reserves=[kept])],
        [
            child(
                "0f3a", "A", tags=["place:0f3a", "protected"], income_band="low", language="se", current="A"
            ),
            {**child("9c21", ""), "wishes": [{"program": "A", "distance_m": 311}]},
        ],
    )
    document["children"][1]["priority"] = {**points(3), "reasons": because}
    public = canonical_bytes(anonymised(read(document)))

    assert b'"id":"c1"' in public
    assert b"place:c1" in public
    for secret in (b"0f3a", b"hardship", b"protected", b"low", b"311", b'"se"'):
        assert public.count(secret) == (b'"family":"0f3a"' in public if secret == b"0f3a" else 0)


def test_result_of_another_instance_is_refused() -> None:
    one, other = market([seat("A")], [child("c1", "A")]), market([seat("A", 0)], [child("c1", "A")])

    with pytest.raises(NotReproduced):
        bundle(read(one), run(other), readers=READERS)


def test_same_round_is_the_same_archive() -> None:
    instance = read(market_under(Algorithm.DEFERRED_ACCEPTANCE, 3))

    assert len({bundle(instance, allocate(instance), readers=READERS) for _ in range(2)}) == 1


def test_letter_is_there_in_every_language() -> None:
    files = unpacked(read(market([seat("A")], [child("c1", "A")])))
    letters = [files[f"README.{language}.txt"].decode() for language in LANGUAGES]

    assert len(set(letters)) == len(LANGUAGES)
    assert not [letter for letter in letters if "allocation.bundle" in letter or "verify.pyz" not in letter]


def test_verifier_in_the_archive_runs_alone(tmp_path: Path) -> None:
    for name, content in unpacked(read(market_under(Algorithm.FIT, 1))).items():
        (tmp_path / name).write_bytes(content)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.pyz", "instance.json", "result.json"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [[f"V{n}", "ok"] for n in range(1, 11)]
