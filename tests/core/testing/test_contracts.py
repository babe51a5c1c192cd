"""The contract kit itself: good providers pass, and each typical mistake is caught."""

from collections.abc import Sequence
from types import ModuleType

import httpx
import msgspec
import pytest

from opptak.builtin import points
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound
from opptak.hooks.plugin import PluginInfo, secret
from opptak.hooks.providers import (
    Archive,
    ConsentExchange,
    DeliveryChannel,
    IncomeSource,
    Translation,
    TravelTimes,
    VirusScanner,
)
from opptak.hooks.types import (
    Acknowledgement,
    ConsentRequest,
    ConsentState,
    Delivery,
    DeliveryState,
    HouseholdIncome,
    Letter,
    ScanVerdict,
    TravelTime,
)
from opptak.testing import (
    ArchiveContract,
    ConsentExchangeContract,
    ContextFactory,
    DeliveryChannelContract,
    Faults,
    IncomeSourceContract,
    MemoryStore,
    PluginContract,
    TranslationContract,
    TravelTimesContract,
    VirusScannerContract,
)
from opptak.testing.contracts.letters import letter

pytest_plugins = ("pytester",)


class Shelf(Archive):
    """Files letters by their key."""

    name = "shelf"

    def __init__(self) -> None:
        self.filed: dict[str, Acknowledgement] = {}

    async def file(self, letter: Letter, *, case_number: str) -> Acknowledgement:
        return self.filed.setdefault(letter.key, Acknowledgement(reference=case_number, accepted=1))


class TestShelf(ArchiveContract):
    @pytest.fixture
    def provider(self) -> Shelf:
        return Shelf()


class Neighbours(ConsentExchange):
    """Asks nobody and remembers it."""

    name = "neighbours"

    def __init__(self) -> None:
        self.asked: dict[str, ConsentState] = {}

    async def ask(self, request: ConsentRequest) -> ConsentState:
        return self.asked.setdefault(request.key, ConsentState(reference=request.key, state="asked"))

    async def state(self, reference: str) -> ConsentState:
        if reference not in self.asked:
            raise NotFound
        return self.asked[reference]


class TestNeighbours(ConsentExchangeContract):
    @pytest.fixture
    def provider(self) -> Neighbours:
        return Neighbours()

    @pytest.fixture
    def authority(self) -> str:
        return "5546"


class TaxOffice(IncomeSource):
    """Knows one household."""

    name = "tax_office"

    async def household(self, numbers: Sequence[str], *, year: int) -> HouseholdIncome:
        if "17859010067" not in numbers:
            raise NotFound
        return HouseholdIncome(year=year, stage="settled", amount_minor=50_000_000)


class TestTaxOffice(IncomeSourceContract):
    @pytest.fixture
    def provider(self) -> TaxOffice:
        return TaxOffice()

    @pytest.fixture
    def household(self) -> list[str]:
        return ["17859010067"]

    @pytest.fixture
    def stranger(self) -> str:
        return "01812000051"

    @pytest.fixture
    def year(self) -> int:
        return 2026


class Crow(TravelTimes):
    """Flies."""

    name = "crow"

    async def minutes(
        self, origin: tuple[float, float], targets: Sequence[tuple[float, float]]
    ) -> TravelTime:
        return TravelTime(minutes=tuple(10 for _ in targets), mode="flight")


class TestCrow(TravelTimesContract):
    @pytest.fixture
    def provider(self) -> Crow:
        return Crow()

    @pytest.fixture
    def origin(self) -> tuple[float, float]:
        return 69.77, 21.03

    @pytest.fixture
    def targets(self) -> list[tuple[float, float]]:
        return [(69.79, 20.95), (69.9, 21.3)]


class Echo(Translation):
    """Says the same again."""

    name = "echo"

    async def translate(self, text: str, *, source: str, target: str) -> str:
        return text


class TestEcho(TranslationContract):
    @pytest.fixture
    def provider(self) -> Echo:
        return Echo()

    @pytest.fixture
    def source(self) -> str:
        return "en"

    @pytest.fixture
    def target(self) -> str:
        return "se"


class Sniffer(VirusScanner):
    """Knows one virus."""

    name = "sniffer"

    async def scan(self, content: bytes) -> ScanVerdict:
        found = b"EICAR-" in content
        return ScanVerdict(clean=not found, signature="Eicar-Test" if found else "")


class TestSniffer(VirusScannerContract):
    @pytest.fixture
    def provider(self) -> Sniffer:
        return Sniffer()


class Forgetful(DeliveryChannel):
    """Sends whatever comes, every time."""

    name = "forgetful"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, letter: Letter) -> Delivery:
        self.sent.append(letter.key)
        return Delivery(reference=letter.key, state=DeliveryState.ACCEPTED)

    async def status(self, references: Sequence[str]) -> list[Delivery]:
        return [Delivery(reference=one, state=DeliveryState.ACCEPTED) for one in references]


async def test_letter_sent_twice_is_caught() -> None:
    channel = Forgetful()
    with pytest.raises(AssertionError):
        await DeliveryChannelContract().test_same_key_is_sent_once(channel, lambda: len(channel.sent))


async def test_reference_made_up_is_caught() -> None:
    with pytest.raises(AssertionError):
        await DeliveryChannelContract().test_unknown_reference_is_left_out(Forgetful())


class Careless(Forgetful):
    """Lets every error of its client through."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__()
        self._http = http

    async def send(self, letter: Letter) -> Delivery:
        answer = await self._http.get("http://post.test/")
        return Delivery(reference=answer.json()["id"], state=DeliveryState.ACCEPTED)


class CarelessContract(DeliveryChannelContract, Faults):
    """Not collected: its tests are called by hand."""


async def test_error_of_the_client_is_caught(plugin_context: ContextFactory) -> None:
    with pytest.raises(httpx.ConnectError):
        await CarelessContract().test_no_answer_is_temporary(
            lambda transport: Careless(plugin_context(transport=transport).http), httpx.ConnectError
        )
    with pytest.raises(ValueError, match="Expecting value"):
        await CarelessContract().test_malformed_answer_is_temporary(
            lambda transport: Careless(plugin_context(transport=transport).http), b"<html>"
        )


class Settings(msgspec.Struct):
    """Settings with the usual mistakes."""

    url: str
    password: str = ""


def test_undescribed_settings_are_caught() -> None:
    info = PluginInfo(
        name="p",
        title="p.title",
        requires=">=1",
        version="1",
        provides=frozenset(),
        settings=Settings,
        package="opptak",
    )
    with pytest.raises(AssertionError):
        PluginContract().test_settings_are_described(info)
    with pytest.raises(AssertionError, match=r"p\.title"):
        PluginContract().test_texts_are_there_in_every_language(msgspec.structs.replace(info, settings=Empty))


class Empty(msgspec.Struct):
    """No settings."""


def test_secret_is_marked_for_the_form() -> None:
    mark = secret("p.setting.password")
    assert (mark.description, mark.extra) == ("p.setting.password", {"secret": True})


def test_undeclared_hook_is_caught() -> None:
    info = msgspec.structs.replace(points.opptak_plugin(), provides=frozenset())
    plugin: ModuleType = points
    with pytest.raises(AssertionError):
        PluginContract().test_plugin_provides_what_it_says(plugin, info)


async def test_context_reaches_nothing_outside(plugin_context: ContextFactory) -> None:
    context: PluginContext = plugin_context()
    with pytest.raises(httpx.ConnectError):
        await context.http.get("http://authority.test/")
    assert isinstance(context.store, MemoryStore)
    assert context.area.municipalities == ("0000",)


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        ("three letters sent", True),
        ("letter 2027-0001 at 1768122000123", True),
        ("looked up 17859010067", False),
        ("wrote to Fjære", False),
    ],
)
def test_personal_data_in_the_log_is_caught(pytester: pytest.Pytester, line: str, passes: bool) -> None:
    pytester.makepyfile(
        f"""
        import logging

        def test_something(nothing_personal_logged):
            nothing_personal_logged("Fjære", "")
            logging.getLogger("plugin").debug({line!r})
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:xdist")
    result.assert_outcomes(passed=1, errors=0 if passes else 1)


def test_letter_of_the_kit_is_about_nobody() -> None:
    assert letter().recipient_number[2:4] == "85"
