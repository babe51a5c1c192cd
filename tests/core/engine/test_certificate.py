"""The certificate of a round, and the line of one child under it."""

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.core.engine.markets import Row, child, encode, market, read, run, seat

from opptak.engine.canonical import canonical_bytes
from opptak.engine.certificate import Certificate, certify, sign
from opptak.engine.merkle import Lines
from opptak_verifier.__main__ import main as verifier
from opptak_verifier.lines import check_line

SECRET = b"of this run"


def round_of(children: int) -> Row:
    return market([seat("A", 2)], [child(f"c{number:02}", "A", number) for number in range(children)])


def certified(document: Row) -> tuple[Lines, bytes]:
    result = run(document)
    lines = Lines(result, secret=SECRET)
    return lines, canonical_bytes(certify(read(document), result, lines=lines))


@pytest.mark.parametrize("children", [1, 2, 3, 5, 8, 13])
def test_every_line_is_under_the_certificate(children: int) -> None:
    lines, certificate = certified(round_of(children))

    assert all(
        check_line(canonical_bytes(lines.line(f"c{number:02}")), certificate).passed
        for number in range(children)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"assignment": "A"},
        {"assignment": None, "id": "c04"},
        {"salt": "00" * 32},
        {"wishes": []},
        {"path": []},
    ],
)
def test_another_line_is_not(change: Row) -> None:
    lines, certificate = certified(round_of(5))
    honest = json.loads(canonical_bytes(lines.line("c00")))

    assert honest["assignment"] is None
    assert not check_line(encode({**honest, **change}), certificate).passed


def test_no_line_tells_of_another_child() -> None:
    lines, _ = certified(round_of(5))
    line = canonical_bytes(lines.line("c00")).decode()

    assert not [f"c{number:02}" for number in range(1, 5) if f"c{number:02}" in line]


def test_salts_are_the_runs_own() -> None:
    result = run(round_of(2))

    assert Lines(result, secret=b"one").root != Lines(result, secret=b"other").root


def test_round_without_children_has_a_root() -> None:
    assert len(certified(market([seat("A")], []))[0].root) == 64


def test_certificate_names_what_was_decided_by_hand_and_no_child_that_a_check_concerns() -> None:
    document = market(
        [seat("A"), seat("B")], [child("c1", "A", pinned="B"), child("c2", "AB", blocked=["A"])]
    )
    certificate = msgspec.json.decode(certified(document)[1], type=Certificate)

    assert [(one.kind.value, one.child, one.program) for one in certificate.deviations] == [
        ("pinned", "c1", "B"),
        ("blocked", "c2", "A"),
    ]
    assert b'"children":[' not in canonical_bytes(certificate.checks)


def test_signature_is_checked_with_openssl(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    document = round_of(3)
    result = run(document)
    certificate = certify(read(document), result, lines=Lines(result, secret=SECRET))
    written, signature = sign(certificate, key.sign)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("certificate.json", written), ("certificate.sig", signature), ("tenant.pem", pem)):
        (tmp_path / name).write_bytes(content)

    command = "openssl pkeyutl -verify -pubin -inkey tenant.pem"
    command += " -rawin -in certificate.json -sigfile certificate.sig"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
    (tmp_path / "certificate.json").write_bytes(written.replace(b"nordreisa", b"x") + b" ")
    again = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)  # noqa: S603

    assert (done.returncode, again.returncode) == (0, 1)


def test_line_is_checked_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines, certificate = certified(round_of(3))
    line, public = tmp_path / "line.json", tmp_path / "certificate.json"
    line.write_bytes(canonical_bytes(lines.line("c02")))
    public.write_bytes(certificate)

    assert verifier(["--line", str(line), str(public)]) == 0
    assert capsys.readouterr().out == "own ok      c02 got A\n"
    line.write_bytes(canonical_bytes(lines.line("c00")).replace(b"null", b'"A"', 1))
    assert verifier(["--line", str(line), str(public)]) == 1
    line.write_bytes(b"{}")
    assert verifier(["--line", str(line), str(public)]) == 2
