"""The contract kit: what a plugin must keep, as tests that a plugin's own test classes inherit.

    from opptak.testing import Faults, PopulationRegisterContract

    class TestMyRegister(PopulationRegisterContract, Faults):
        @pytest.fixture
        def provider(self, plugin_context): ...

A class says in its docstring which fixtures it wants. The fixtures `plugin_context`, `memory_store` and
`nothing_personal_logged` come with the pytest plugin `opptak.testing.plugin`, which is there once opptak is
installed. Asynchronous tests need pytest-asyncio.
"""

from opptak.testing.context import ContextFactory, MemoryStore, StoppedClock, make_context
from opptak.testing.contracts.intake import (
    AdministrationSystemContract,
    IntakeChannelContract,
    LedgerContract,
)
from opptak.testing.contracts.law import RuleSetContract
from opptak.testing.contracts.letters import ArchiveContract, DeliveryChannelContract
from opptak.testing.contracts.people import (
    ContactRegisterContract,
    IdentityProviderContract,
    IncomeSourceContract,
    PopulationRegisterContract,
)
from opptak.testing.contracts.places import (
    AddressServiceContract,
    FacilityRegisterContract,
    TravelTimesContract,
)
from opptak.testing.contracts.plugins import PluginContract
from opptak.testing.contracts.provider import Faults, ProviderContract
from opptak.testing.contracts.services import (
    ConsentExchangeContract,
    TranslationContract,
    VirusScannerContract,
)

__all__ = (
    "AddressServiceContract",
    "AdministrationSystemContract",
    "ArchiveContract",
    "ConsentExchangeContract",
    "ContactRegisterContract",
    "ContextFactory",
    "DeliveryChannelContract",
    "FacilityRegisterContract",
    "Faults",
    "IdentityProviderContract",
    "IncomeSourceContract",
    "IntakeChannelContract",
    "LedgerContract",
    "MemoryStore",
    "PluginContract",
    "PopulationRegisterContract",
    "ProviderContract",
    "RuleSetContract",
    "StoppedClock",
    "TranslationContract",
    "TravelTimesContract",
    "VirusScannerContract",
    "make_context",
)
