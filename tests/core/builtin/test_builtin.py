"""Core's own plugins keep the same contracts as everybody's."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest

from opptak.builtin import PLUGINS, accounts, administration, facilities, outbox, people, points
from opptak.builtin.administration import (
    AdministrationSettings,
    NeutralFiles,
    NeutralService,
)
from opptak.builtin.outbox import LABELS, PAGES, Label, OutboxFolder
from opptak.builtin.people import FILE, HandRegister
from opptak.builtin.points import TypedPoints
from opptak.hooks.context import TrainingGround
from opptak.hooks.errors import Configuration, Permanent, Unsupported
from opptak.hooks.types import Area, CustodyKind, DeliveryState, Protection
from opptak.testing import (
    AddressServiceContract,
    AdministrationSystemContract,
    ContextFactory,
    DeliveryChannelContract,
    FacilityRegisterContract,
    Faults,
    MemoryStore,
    PluginContract,
    PopulationRegisterContract,
    ProviderContract,
)
from opptak.testing.contracts.intake import placement
from opptak.testing.contracts.letters import letter

AREA = Area(country="no", municipalities=("5544",))
CHILD, MOTHER, FATHER = "15832290065", "17859010067", "29828810055"
PEOPLE = f"""\
number;given_name;family_name;born_on;guardians;street;postcode;place;municipality;protection;languages
{CHILD};Klok;Fjære;2025-03-15;{MOTHER} {FATHER};Tenkt veg 1;9151;Storslett;5544;;se nb
{MOTHER};Stille;Fjære;1990-05-17;;Tenkt veg 1;9151;STORSLETT;5544;;
{FATHER};Vid;Vik;1988-02-29;;Tenkt veg 2;9151;Storslett;5544;;
"""


class TestPlugins(PluginContract):
    languages = ("nb", "nn", "se", "en")

    @pytest.fixture(params=PLUGINS, ids=lambda plugin: plugin.__name__.rpartition(".")[2])
    def plugin(self, request: pytest.FixtureRequest) -> ModuleType:
        found: ModuleType = request.param
        return found


class TestLocalAccounts(ProviderContract[accounts.LocalAccounts]):
    @pytest.fixture
    def provider(self) -> accounts.LocalAccounts:
        return accounts.LocalAccounts()

    async def test_password_login_has_no_configuration(self, provider: accounts.LocalAccounts) -> None:
        assert provider.audience == "staff"
        with pytest.raises(Unsupported):
            await provider.oidc()


class TestOutboxFolder(DeliveryChannelContract):
    @pytest.fixture
    def provider(self, plugin_context: ContextFactory, memory_store: MemoryStore) -> OutboxFolder:
        return OutboxFolder(plugin_context(store=memory_store))

    @pytest.fixture
    def delivered(self, memory_store: MemoryStore) -> Callable[[], int]:
        return lambda: sum(key.startswith(PAGES) for key in memory_store.values)

    async def test_letter_is_kept_with_its_envelope(
        self, provider: OutboxFolder, memory_store: MemoryStore
    ) -> None:
        receipt = await provider.send(letter())
        assert receipt.state is DeliveryState.TO_PRINT
        assert memory_store.values[PAGES + receipt.reference] == letter().pdf
        label = msgspec.json.decode(memory_store.values[LABELS + receipt.reference], type=Label)
        assert (label.name, label.address) == (letter().recipient_name, letter().address)

    async def test_digital_letter_is_refused(self, provider: OutboxFolder) -> None:
        with pytest.raises(Permanent, match="paper_only"):
            await provider.send(msgspec.structs.replace(letter(), digital_only=True))


class TestHandRegister(PopulationRegisterContract):
    @pytest.fixture
    def provider(self, plugin_context: ContextFactory, memory_store: MemoryStore) -> HandRegister:
        memory_store.values[FILE] = PEOPLE.encode()
        return HandRegister(plugin_context(area=AREA, store=memory_store))

    @pytest.fixture
    def area(self) -> Area:
        return AREA

    @pytest.fixture
    def window(self) -> tuple[date, date]:
        return date(2025, 1, 1), date(2025, 12, 31)

    @pytest.fixture
    def child(self) -> str:
        return CHILD

    @pytest.fixture
    def stranger(self) -> str:
        return "01812000051"

    async def test_guardians_at_the_same_address_live_with_the_child(self, provider: HandRegister) -> None:
        held = {custody.guardian: custody for custody in await provider.guardians([CHILD])}
        assert {custody.kind for custody in held.values()} == {CustodyKind.JOINT}
        assert (held[MOTHER].lives_with, held[FATHER].lives_with) == (True, False)

    async def test_line_is_a_record(self, provider: HandRegister) -> None:
        found = await provider.person(CHILD)
        assert found.residence is not None
        assert (found.residence.lines, found.residence.country) == (("Tenkt veg 1",), "NO")
        assert found.languages == ("se", "nb")

    async def test_strict_protection_makes_the_address_postal(
        self, provider: HandRegister, memory_store: MemoryStore
    ) -> None:
        memory_store.values[FILE] = PEOPLE.replace("5544;;se nb", "5544;strict;").encode()
        found = await provider.person(CHILD)
        assert (found.protection, found.residence) == (Protection.STRICT, None)
        assert found.postal is not None

    async def test_broken_line_is_named(self, provider: HandRegister, memory_store: MemoryStore) -> None:
        memory_store.values[FILE] = PEOPLE.replace("1990-05-17", "17.05.1990").encode()
        with pytest.raises(Configuration) as caught:
            await provider.person(CHILD)
        assert (caught.value.code, caught.value.hint) == ("line-3", "people_file.hint.line")

    async def test_missing_file_is_said_so(self, plugin_context: ContextFactory) -> None:
        report = await HandRegister(plugin_context(area=AREA)).check()
        assert (report.ok, report.hint) == (False, "people_file.hint.no_file")


FACILITIES = """\
register_id;name;kind;owner_name;street;municipality;latitude;longitude;seats_small;seats_large;profiles
F1;Naustet barnehage;;Fjordholm kommune;Naustvegen 4;;69.65;20.1;18;30;outdoor farm
F2;Åpen barnehage;open;;;5540;;;;;
F3;Over grensa barnehage;;;;5501;;;;;
"""


class TestHandFacilities(FacilityRegisterContract):
    @pytest.fixture
    def provider(
        self, plugin_context: ContextFactory, memory_store: MemoryStore
    ) -> facilities.HandFacilities:
        memory_store.values[facilities.FILE] = FACILITIES.encode()
        area = Area(country="no", municipalities=("5544", "5540"))
        return facilities.HandFacilities(plugin_context(area=area, store=memory_store))

    @pytest.fixture
    def area(self) -> Area:
        return Area(country="no", municipalities=("5544", "5540"))

    async def test_line_is_a_record(self, provider: facilities.HandFacilities) -> None:
        found = await provider.facility("F1")
        assert found.address is not None
        assert (found.address.lines, found.address.municipality) == (("Naustvegen 4",), "5544")
        assert (found.latitude, found.longitude) == (69.65, 20.1)
        assert found.seats == {"small": 18, "large": 30}
        assert (found.profiles, found.public) == (("outdoor", "farm"), True)

    async def test_only_the_area_is_listed(self, provider: facilities.HandFacilities, area: Area) -> None:
        found = await provider.facilities(area)
        assert [(one.register_id, dict(one.seats)) for one in found] == [
            ("F1", {"small": 18, "large": 30}),
            ("F2", {}),
        ]

    async def test_broken_line_is_named(
        self, provider: facilities.HandFacilities, memory_store: MemoryStore
    ) -> None:
        memory_store.values[facilities.FILE] = FACILITIES.replace(";18;", ";atten;").encode()
        with pytest.raises(Configuration) as caught:
            await provider.facility("F1")
        assert (caught.value.code, caught.value.hint) == ("line-2", "facilities_file.hint.line")

    async def test_missing_file_is_said_so(self, plugin_context: ContextFactory) -> None:
        report = await facilities.HandFacilities(plugin_context(area=AREA)).check()
        assert (report.ok, report.hint) == (False, "facilities_file.hint.no_file")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("F2;", "F1;", (3, "register_id")),
            ("69.65;20.1;", "69.65;;", (2, "longitude")),
            ("69.65;20.1;", "690;20.1;", (2, "latitude")),
            (";open;", ";closed;", (3, "kind")),
            ("name;", "nmae;", (1, "nmae")),
        ],
    )
    def test_mistake_is_told_with_line_and_column(self, old: str, new: str, told: tuple[int, str]) -> None:
        assert old in FACILITIES
        mistakes = facilities.read_facilities(FACILITIES.replace(old, new, 1).encode())[1]
        assert told in [mistake.path for mistake in mistakes]

    def test_sheet_without_lines_is_refused(self) -> None:
        [mistake] = facilities.read_facilities(b"register_id;name\n")[1]
        assert mistake.told == "no house is listed"


class TestTypedPoints(AddressServiceContract):
    @pytest.fixture
    def provider(self) -> TypedPoints:
        return TypedPoints()

    @pytest.fixture
    def text(self) -> str:
        return "69.7690, 21.0250"

    @pytest.fixture
    def municipality(self) -> str:
        return "5544"

    @pytest.mark.parametrize("text", ["91, 21", "69.7, 181", "69.7", "Storgata 1"])
    async def test_text_that_is_no_point_has_no_hit(self, provider: TypedPoints, text: str) -> None:
        assert await provider.search(text) == []


class TestNeutralFiles(AdministrationSystemContract):
    @pytest.fixture
    def provider(self, plugin_context: ContextFactory, memory_store: MemoryStore) -> NeutralFiles:
        return NeutralFiles(plugin_context(AdministrationSettings(), store=memory_store))

    async def test_export_is_written_in_both_forms(
        self, provider: NeutralFiles, memory_store: MemoryStore
    ) -> None:
        await provider.export([placement()], key="k")
        document = msgspec.json.decode(memory_store.values["export/k.json"])
        row = {
            "id": "contract-1",
            "kindergarten_orgnr": "974569302",
            "department": "Small",
            "child_pid": "15832290065",
            "hours_week": 32.0,
            "days": 4,
            "from": "2027-08-01",
            "to": None,
            "decision_ref": "",
        }
        assert document == {"version": 1, "placements": [row]}
        heading, line = memory_store.values["export/k.csv"].decode().splitlines()
        assert heading == ";".join(row)
        assert line == "contract-1;974569302;Small;15832290065;32.0;4;2027-08-01;;"

    async def test_current_places_are_read_back(
        self, provider: NeutralFiles, memory_store: MemoryStore
    ) -> None:
        with pytest.raises(Unsupported):
            await provider.current_placements(AREA)
        await provider.export([placement()], key="k")
        memory_store.values["current.json"] = memory_store.values["export/k.json"]
        assert await provider.current_placements(AREA) == [placement()]
        memory_store.values["current.json"] = b"{"
        with pytest.raises(Configuration):
            await provider.current_placements(AREA)


class Neighbour:
    """An administration system in memory, as strict as the real one about keys."""

    def __init__(self) -> None:
        self.exports: dict[str, bytes] = {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers["Authorization"] != "Bearer secret":
            return httpx.Response(403, json={"code": "forbidden"})
        if request.method == "GET":
            rows = [{"id": "p1", "kindergarten_orgnr": "974569302", "department": "Stor", "child_pid": CHILD}]
            times = {"hours_week": 24.0, "days": [1, 3, 5], "from": "2026-08-01", "to": "2027-07-31"}
            return httpx.Response(200, json={"placements": [{**row, **times} for row in rows]})
        key = request.headers["Idempotency-Key"]
        if self.exports.setdefault(key, request.content) != request.content:
            return httpx.Response(409, json={"code": "key_reused"})
        received = len(msgspec.json.decode(request.content)["placements"])
        return httpx.Response(200, json={"id": f"receipt-{key}", "received": received})


SETTINGS = AdministrationSettings(url="http://administration.test/api/v1", key="secret")


class TestNeutralService(AdministrationSystemContract, Faults):
    @pytest.fixture
    def neighbour(self) -> Neighbour:
        return Neighbour()

    @pytest.fixture
    def provider(self, plugin_context: ContextFactory, neighbour: Neighbour) -> NeutralService:
        return NeutralService(plugin_context(SETTINGS, transport=httpx.MockTransport(neighbour), area=AREA))

    @pytest.fixture
    def provider_over(
        self, plugin_context: ContextFactory
    ) -> Callable[[httpx.AsyncBaseTransport], NeutralService]:
        return lambda transport: NeutralService(plugin_context(SETTINGS, transport=transport, area=AREA))

    async def test_current_places_of_all_municipalities(
        self, provider: NeutralService, neighbour: Neighbour
    ) -> None:
        both = Area(country="no", municipalities=("5544", "5546"))
        found = await provider.current_placements(both)
        assert [request.url.path for request in neighbour.requests] == [
            "/api/v1/5544/placements",
            "/api/v1/5546/placements",
        ]
        assert (found[0].days_per_week, found[0].hours_per_week) == (3, 24.0)
        assert (found[0].starts_on, found[0].ends_on) == (date(2026, 8, 1), date(2027, 7, 31))
        assert (found[0].facility_id, found[0].unit, found[0].child_number) == ("974569302", "Stor", CHILD)


def test_address_decides_between_service_and_files(plugin_context: ContextFactory) -> None:
    over_network = administration.opptak_administration(plugin_context(SETTINGS, area=AREA))
    in_files = administration.opptak_administration(plugin_context(AdministrationSettings()))
    assert (type(over_network), type(in_files)) == (NeutralService, NeutralFiles)


def test_training_points_at_the_simulated_system_or_writes_files() -> None:
    training: Any = administration.opptak_plugin().training
    ground = TrainingGround(base_url="http://a.test/", credentials={"administration_key": "k"})
    assert training(ground) == AdministrationSettings(url="http://a.test/administration/api/v1", key="k")
    assert training(TrainingGround(base_url="http://a.test")) == AdministrationSettings()


def test_last_resorts_are_always_on() -> None:
    declared = {plugin: plugin.opptak_plugin().always_on for plugin in (accounts, outbox, points, people)}
    assert declared == {accounts: True, outbox: True, points: True, people: False}
