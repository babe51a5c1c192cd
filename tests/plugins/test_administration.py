"""The neutral format against the simulated administration system."""

import pytest

from opptak.builtin.administration import NeutralService, opptak_plugin
from opptak.hooks.context import TrainingGround
from opptak.hooks.errors import Configuration
from opptak.hooks.types import Area
from opptak.testing import AdministrationSystemContract, ContextFactory
from opptak_simulators.society.model import Country
from tests.plugins.conftest import NORDREISA, Watched


class TestSimulatedSystem(AdministrationSystemContract):
    @pytest.fixture
    def provider(
        self, plugin_context: ContextFactory, authorities: Watched, training: TrainingGround
    ) -> NeutralService:
        point_at = opptak_plugin().training
        assert point_at is not None
        return NeutralService(plugin_context(point_at(training), transport=authorities, area=NORDREISA))

    async def test_every_place_held_is_read(self, provider: NeutralService, people: Country) -> None:
        found = {one.placement_id: one for one in await provider.current_placements(NORDREISA)}
        assert found.keys() == {place.id for place in people.placements}
        for place in people.placements:
            one = found[place.id]
            assert (one.facility_id, one.child_number) == (place.kindergarten, place.child)
            assert (one.days_per_week, one.starts_on, one.ends_on) == (
                len(place.days),
                place.since,
                place.until,
            )

    async def test_other_municipality_is_closed(self, provider: NeutralService) -> None:
        with pytest.raises(Configuration):
            await provider.current_placements(Area(country="no", municipalities=("5540",)))
