"""Clock, money, texts, encryption, files, logs and ports."""

import io
import json
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from opptak.kit.clock import SharedClock, SystemClock, TravelClock, today
from opptak.kit.crypto import FileKeys, SealBroken, StaticKeys, TenantKeys, new_data_key
from opptak.kit.files import LocalFiles, TenantFiles
from opptak.kit.i18n import Catalogues
from opptak.kit.ids import new_id
from opptak.kit.logs import configure_logs
from opptak.kit.money import Money
from opptak.kit.ports import PortTaken, free_port, require_free
from opptak.runtime import Runtime
from opptak.settings import Settings, SettingsInvalid, read_settings


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_today_is_the_tenants_calendar_day() -> None:
    clock = TravelClock(datetime(2027, 3, 1, 23, 30, tzinfo=UTC))
    assert today(clock, "Europe/Oslo") == date(2027, 3, 2)
    assert today(clock, "UTC") == date(2027, 3, 1)


def test_travel_clock_stands_still_until_moved() -> None:
    clock = TravelClock(datetime(2027, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.travel(timedelta(days=1))
    assert clock.now() == datetime(2027, 1, 2, tzinfo=UTC)


def test_processes_that_share_a_clock_travel_together(tmp_path: Path) -> None:
    here, there = SharedClock(tmp_path / "clock"), SharedClock(tmp_path / "clock")
    for moment in (datetime(2027, 1, 11, 8, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)):
        here.travel_to(moment)
        assert timedelta() <= there.now() - moment < timedelta(minutes=1)
    there.travel(timedelta(days=2))
    assert here.now() >= datetime(2027, 3, 3, tzinfo=UTC)


def test_ticking_clock_goes_on_from_where_it_was_set() -> None:
    clock = TravelClock(datetime(2027, 1, 1, tzinfo=UTC), ticking=True)
    assert clock.now() >= datetime(2027, 1, 1, tzinfo=UTC)
    assert SystemClock().now().tzinfo is UTC


def test_money_shares_half_up_in_minor_units() -> None:
    assert Money(1).share(1, 2) == Money(1)
    assert Money(98182).share(25, 45) == Money(54546)
    assert (Money(84000) + Money(120000)).major == Decimal("2040.00")


def test_money_of_two_currencies_does_not_add_up() -> None:
    with pytest.raises(ValueError, match="EUR"):
        Money(1) + Money(1, "EUR")


def _catalogues(root: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Catalogues:
    package = root / f"texts_{new_id().hex}"
    package.mkdir()
    (package / "__init__.py").touch()
    for language, body in files.items():
        folder = package / "locale" / language
        folder.mkdir(parents=True)
        rule = (
            "nplurals=3; plural=(n==1)?0:(n==2)?1:2;" if language == "se" else "nplurals=2; plural=(n != 1);"
        )
        header = (
            'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            f'"Language: {language}\\n"\n"Plural-Forms: {rule}\\n"\n\n'
        )
        (folder / "a.po").write_text(header + body, encoding="utf-8")
    monkeypatch.syspath_prepend(root)
    return Catalogues.load((package.name,))


PLURALS = 'msgid "days"\nmsgid_plural "days"\n'


def test_northern_sami_has_a_dual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = PLURALS + 'msgstr[0] "{n} beaivi"\nmsgstr[1] "{n} beaivvi (dual)"\nmsgstr[2] "{n} beaivvi"\n'
    tr = _catalogues(tmp_path, monkeypatch, se=body).translator("se")
    assert [tr.plural("days", n) for n in (0, 1, 2, 5)] == [
        "0 beaivvi",
        "1 beaivi",
        "2 beaivvi (dual)",
        "5 beaivvi",
    ]


def test_missing_text_falls_back_along_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues = _catalogues(
        tmp_path, monkeypatch, se='msgid "a"\nmsgstr "A se"\n', nb='msgid "b"\nmsgstr "B {name}"\n'
    )
    tr = catalogues.translator("se", fallbacks=("nb",))
    assert (tr("a"), tr("b", name="x"), tr("c")) == ("A se", "B x", "c")
    assert tr.knows("b")
    assert not tr.knows("c")


def test_language_with_some_of_the_texts_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = 'msgid "a"\nmsgstr "A"\n\n'
    days = PLURALS + 'msgstr[0] "{n} d"\nmsgstr[1] "{n} dd"\n'
    catalogues = _catalogues(tmp_path, monkeypatch, nb=one + days, en=one + days, de=one)

    assert catalogues.languages == ("de", "en", "nb")
    assert catalogues.complete == ("en", "nb")


def test_tenants_own_text_wins_in_its_language_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues = _catalogues(
        tmp_path, monkeypatch, nb='msgid "a"\nmsgstr "felles"\n', nn='msgid "a"\nmsgstr "sams"\n'
    )
    own = {"nb": {"a": "vår"}}
    assert catalogues.translator("nb", overrides=own)("a") == "vår"
    assert catalogues.translator("nn", overrides=own)("a") == "sams"


def test_seal_opens_at_its_place_only() -> None:
    keys = TenantKeys(new_data_key())
    sealed = keys.seal("01812000001", "person.number|1")
    assert keys.open_text(sealed, "person.number|1") == "01812000001"
    with pytest.raises(SealBroken):
        keys.open(sealed, "person.number|2")
    with pytest.raises(SealBroken):
        TenantKeys(new_data_key()).open(sealed, "person.number|1")


def test_blind_index_is_equal_within_a_tenant_and_different_between() -> None:
    one, other = TenantKeys(new_data_key()), TenantKeys(new_data_key())
    assert one.index("01812000001") == one.index("01812000001") != other.index("01812000001")
    assert len(one.index("x")) == 16


def test_wrapped_key_belongs_to_its_tenant(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "master.key")
    wrapped = keys.wrap(b"k" * 32, tenant="a")
    assert FileKeys(tmp_path / "master.key").unwrap(wrapped, tenant="a") == b"k" * 32
    with pytest.raises(SealBroken):
        keys.unwrap(wrapped, tenant="b")
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0


def test_processes_that_start_at_once_end_with_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "master.key"
    monkeypatch.setattr(Path, "exists", lambda self: False)
    first, second = FileKeys(path), FileKeys(path)
    assert second.unwrap(first.wrap(b"k" * 32, tenant="a"), tenant="a") == b"k" * 32
    assert list(tmp_path.iterdir()) == [path]


def test_master_key_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="5 bytes long"):
        StaticKeys.from_base64("c2hvcnQ=")


def test_files_are_sealed_at_rest(tmp_path: Path) -> None:
    tenant, file = new_id(), new_id()
    store = LocalFiles(tmp_path)
    files = TenantFiles(store, tenant, TenantKeys(new_data_key()))
    files.put(file, b"letter")
    assert files.get(file) == b"letter"
    assert b"letter" not in store.get(tenant, file)
    with pytest.raises(FileNotFoundError):
        files.get(new_id())


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is written to the log."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("INFO")
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_log_line_has_allowed_fields_only(logged: io.StringIO) -> None:
    logging.getLogger("opptak.test").info("done", extra={"tenant": "t", "full_name": "Kari"})
    entry = json.loads(logged.getvalue())
    assert (entry["event"], entry["tenant"]) == ("done", "t")
    assert "full_name" not in entry


def test_log_tells_an_exception_by_its_kind_alone(logged: io.StringIO) -> None:
    try:
        raise LookupError("Kari")
    except LookupError:
        logging.getLogger("a.library").exception("failed")
    assert json.loads(logged.getvalue())["kind"] == "LookupError"
    assert "Kari" not in logged.getvalue()


def test_taken_port_is_told() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}"):
            require_free("127.0.0.1", port)
    require_free("127.0.0.1", free_port())


def test_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingsInvalid, match=r"OPPTAK_DATABSE_URL.*DATABASE_URL"):
        read_settings({"OPPTAK_DATABSE_URL": "x"})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MASTER_KEY", "no base64"),
        ("MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("CLOCK", "tomorrow"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_value_that_can_t_be_read_is_told_by_name(setting: str, value: str, tmp_path: Path) -> None:
    given = {f"OPPTAK_{setting}": value, "OPPTAK_DATA_DIR": str(tmp_path), "OPPTAK_DATABASE_URL": "x://"}
    with pytest.raises(SettingsInvalid, match=f"(?i){setting}") as refused:
        Runtime(read_settings(given))
    assert setting != "MASTER_KEY" or value not in str(refused.value)


def test_settings_are_read_from_the_environment() -> None:
    assert read_settings({"OPPTAK_PORT": "1234", "PATH": "x"}) == Settings(port=1234)
