"""Contracts of the families that know people."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from opptak.hooks.errors import Neutral, NotFound, Unsupported
from opptak.hooks.providers import ContactRegister, IdentityProvider, IncomeSource, PopulationRegister
from opptak.hooks.types import Area, PersonState, Protection
from opptak.testing.contracts.provider import ProviderContract

__all__ = (
    "ContactRegisterContract",
    "IdentityProviderContract",
    "IncomeSourceContract",
    "PopulationRegisterContract",
)


class PopulationRegisterContract(ProviderContract[PopulationRegister]):
    """Fixtures: `provider`; `area` and `window` (first and last day of birth) in which somebody lives.

    `child` and `stranger` are the number of a child with guardians, and one nobody has.
    """

    family = PopulationRegister

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Ask for somebody; the number has the form of one in many countries' test ranges."""
        return await provider.guardians(["15832290065"])

    @pytest.mark.asyncio
    async def test_cohort_keeps_to_window_and_area(
        self, provider: PopulationRegister, area: Area, window: tuple[date, date]
    ) -> None:
        first, last = window
        people = [found async for found in provider.cohort(area, born_from=first, born_to=last)]
        assert people
        assert all(first <= person.born_on <= last for person in people)
        assert all(person.state is PersonState.RESIDENT for person in people)
        places = {person.residence.municipality for person in people if person.residence}
        assert places <= {*area.municipalities, ""}
        numbers = [person.identity_number for person in people]
        assert len(set(numbers)) == len(numbers)

    @pytest.mark.asyncio
    async def test_cohort_of_another_window_is_another(
        self, provider: PopulationRegister, area: Area, window: tuple[date, date]
    ) -> None:
        before = window[0] - timedelta(days=1)
        inside = {found.identity_number async for found in _cohort(provider, area, window)}
        outside = {found.identity_number async for found in _cohort(provider, area, (before, before))}
        assert inside.isdisjoint(outside)

    @pytest.mark.asyncio
    async def test_person_is_found_by_number(self, provider: PopulationRegister, child: str) -> None:
        found = await provider.person(child)
        assert child in {found.identity_number, *found.former_numbers}

    @pytest.mark.asyncio
    async def test_person_unknown_is_said_so(self, provider: PopulationRegister, stranger: str) -> None:
        with pytest.raises((NotFound, Neutral)):
            await provider.person(stranger)

    @pytest.mark.asyncio
    async def test_people_leaves_strangers_out(
        self, provider: PopulationRegister, child: str, stranger: str
    ) -> None:
        try:
            found = await provider.people([child, stranger, child])
        except Unsupported:
            return
        assert [child in {one.identity_number, *one.former_numbers} for one in found] == [True]

    @pytest.mark.asyncio
    async def test_guardians_are_those_of_the_children_asked_for(
        self, provider: PopulationRegister, child: str, stranger: str
    ) -> None:
        held = await provider.guardians([child, stranger])
        assert held
        assert {custody.child for custody in held} == {child}
        assert await provider.guardians([]) == []

    @pytest.mark.asyncio
    async def test_strictly_protected_people_have_no_residence(
        self, provider: PopulationRegister, area: Area, window: tuple[date, date]
    ) -> None:
        async for person in _cohort(provider, area, window):
            if person.protection is Protection.STRICT:
                assert person.residence is None
                assert person.shared_residence is None

    @pytest.mark.asyncio
    async def test_nothing_personal_is_logged(
        self, provider: PopulationRegister, child: str, nothing_personal_logged: Callable[..., None]
    ) -> None:
        found = await provider.person(child)
        await provider.guardians([child])
        address = found.residence.lines if found.residence else ()
        nothing_personal_logged(found.family_name, *address)


def _cohort(provider: PopulationRegister, area: Area, window: tuple[date, date]) -> Any:
    return provider.cohort(area, born_from=window[0], born_to=window[1])


class ContactRegisterContract(ProviderContract[ContactRegister]):
    """Fixtures: `provider`; `known` and `stranger`, numbers of somebody with a channel and of nobody."""

    family = ContactRegister

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Ask for somebody."""
        return await provider.contacts(["17859010067"])

    @pytest.mark.asyncio
    async def test_every_number_gets_an_answer_in_order(
        self, provider: ContactRegister, known: str, stranger: str
    ) -> None:
        found = await provider.contacts([stranger, known])
        assert [contact.identity_number for contact in found] == [stranger, known]
        assert not found[0].registered
        assert not found[0].may_notify
        assert found[1].registered
        assert found[1].email or found[1].mobile

    @pytest.mark.asyncio
    async def test_more_numbers_than_a_call_takes_are_split(
        self, provider: ContactRegister, known: str, stranger: str
    ) -> None:
        found = await provider.contacts([known, *[stranger] * 2100])
        assert len(found) == 2101

    @pytest.mark.asyncio
    async def test_nothing_personal_is_logged(
        self, provider: ContactRegister, known: str, nothing_personal_logged: Callable[..., None]
    ) -> None:
        (found,) = await provider.contacts([known])
        nothing_personal_logged(found.email, found.mobile)


class IdentityProviderContract(ProviderContract[IdentityProvider]):
    """Fixtures: `provider`; `claims`, verified claims of an id token."""

    family = IdentityProvider

    def test_audience_is_one_of_the_two(self, provider: IdentityProvider) -> None:
        assert provider.audience in {"parents", "staff"}

    @pytest.mark.asyncio
    async def test_login_is_configured(self, provider: IdentityProvider, claims: dict[str, object]) -> None:
        configured = await provider.oidc()
        assert configured.issuer.startswith(("https://", "http://"))
        assert configured.client_id
        assert "openid" in configured.scope.split()
        assert configured.required_level in {"", *configured.levels}
        assert provider.identity(claims).subject == claims["sub"]

    @pytest.mark.asyncio
    async def test_levels_are_ordered(self, provider: IdentityProvider) -> None:
        levels = (await provider.oidc()).levels
        for place, level in enumerate(levels):
            assert [provider.strong_enough(level, required) for required in levels] == [
                place >= other for other in range(len(levels))
            ]
        assert not provider.strong_enough("unheard-of", levels[0] if levels else "known")


class IncomeSourceContract(ProviderContract[IncomeSource]):
    """Fixtures: `provider`; `household`, numbers with a basis in `year`; `stranger`, one nobody has."""

    family = IncomeSource

    @pytest.mark.asyncio
    async def test_household_has_a_basis(
        self, provider: IncomeSource, household: list[str], year: int
    ) -> None:
        basis = await provider.household(household, year=year)
        assert basis.year == year
        assert basis.stage

    @pytest.mark.asyncio
    async def test_stranger_is_not_found(self, provider: IncomeSource, stranger: str, year: int) -> None:
        with pytest.raises((NotFound, Neutral)):
            await provider.household([stranger], year=year)
