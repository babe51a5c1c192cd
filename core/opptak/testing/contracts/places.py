"""Contracts of the families that know places."""

from typing import Any

import pytest

from opptak.hooks.errors import NotFound
from opptak.hooks.providers import AddressService, FacilityRegister, TravelTimes
from opptak.hooks.types import Area
from opptak.testing.contracts.provider import ProviderContract

__all__ = ("AddressServiceContract", "FacilityRegisterContract", "TravelTimesContract")


class FacilityRegisterContract(ProviderContract[FacilityRegister]):
    """Fixtures: `provider`; `area` with at least one facility."""

    family = FacilityRegister

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Ask for one facility."""
        return await provider.facility("974569302")

    @pytest.mark.asyncio
    async def test_facilities_are_known_one_by_one_too(self, provider: FacilityRegister, area: Area) -> None:
        listed = await provider.facilities(area)
        assert listed
        assert len({facility.register_id for facility in listed}) == len(listed)
        assert await provider.facility(listed[0].register_id) == listed[0]

    @pytest.mark.asyncio
    async def test_facilities_have_points_or_none(self, provider: FacilityRegister, area: Area) -> None:
        for facility in await provider.facilities(area):
            assert facility.name
            assert (facility.latitude is None) == (facility.longitude is None)
            assert facility.latitude != 0

    @pytest.mark.asyncio
    async def test_unknown_facility_is_not_found(self, provider: FacilityRegister) -> None:
        with pytest.raises(NotFound):
            await provider.facility("999999999")


class AddressServiceContract(ProviderContract[AddressService]):
    """Fixtures: `provider`; `text` and `municipality`, a search that has a hit there."""

    family = AddressService

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Search."""
        return await provider.search("Storgata 1")

    @pytest.mark.asyncio
    async def test_search_finds_points_there(
        self, provider: AddressService, text: str, municipality: str
    ) -> None:
        hits = await provider.search(text, municipality=municipality, limit=3)
        assert 1 <= len(hits) <= 3
        for hit in hits:
            assert hit.municipality == municipality
            assert -90 <= hit.latitude <= 90
            assert -180 <= hit.longitude <= 180

    @pytest.mark.asyncio
    async def test_search_without_hit_is_empty(self, provider: AddressService) -> None:
        assert await provider.search("Qqqqxw 99999") == []
        assert await provider.search("  ") == []

    @pytest.mark.asyncio
    async def test_geocode_without_hit_is_none(self, provider: AddressService, municipality: str) -> None:
        assert await provider.geocode(["Qqqqxw 99999"], postcode="", municipality=municipality) is None
        assert await provider.geocode([], postcode="", municipality=municipality) is None

    def test_map_layers_can_be_drawn(self, provider: AddressService) -> None:
        for layer in provider.map_layers():
            assert {"{z}", "{x}", "{y}"} <= {part for part in ("{z}", "{x}", "{y}") if part in layer.url}
            assert layer.attribution


class TravelTimesContract(ProviderContract[TravelTimes]):
    """Fixtures: `provider`; `origin` and `targets`, points with a way between them."""

    family = TravelTimes

    @pytest.mark.asyncio
    async def test_every_target_gets_minutes(
        self,
        provider: TravelTimes,
        origin: tuple[float, float],
        targets: list[tuple[float, float]],
    ) -> None:
        found = await provider.minutes(origin, targets)
        assert len(found.minutes) == len(targets)
        assert found.mode
        assert all(minutes is None or minutes >= 0 for minutes in found.minutes)
