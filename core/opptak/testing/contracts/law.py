"""Contract of rule sets."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from opptak.hooks.providers import RuleSet
from opptak.testing.contracts.provider import ProviderContract

__all__ = ("RuleSetContract",)


class RuleSetContract(ProviderContract[RuleSet]):
    """Fixtures: `provider`; `intake_year`."""

    family = RuleSet

    def test_window_holds_whoever_has_a_right(self, provider: RuleSet, intake_year: int) -> None:
        first, last = provider.birth_window(intake_year)
        assert first < last
        for outside in (first - timedelta(days=1), last + timedelta(days=1)):
            right = provider.right(born_on=outside, intake_year=intake_year, applied_in_time=True)
            assert not right.entitled
            assert right.latest_start is None
            assert right.reason

    def test_right_has_a_reason_and_a_date(self, provider: RuleSet, intake_year: int) -> None:
        for born_on in provider.birth_window(intake_year):
            right = provider.right(born_on=born_on, intake_year=intake_year, applied_in_time=True)
            assert right.reason
            assert right.entitled == (right.latest_start is not None)

    @pytest.mark.parametrize("born_on", [date(2023, 1, 1), date(2024, 2, 29), date(2025, 12, 31)])
    def test_school_comes_after_birth(self, provider: RuleSet, born_on: date) -> None:
        assert timedelta(days=4 * 365) < provider.school_start(born_on) - born_on < timedelta(days=8 * 365)

    def test_bands_follow_age(self, provider: RuleSet, intake_year: int) -> None:
        start = date(intake_year, 8, 1)
        first, last = provider.birth_window(intake_year)
        assert provider.age_band(born_on=first, starts_on=start) == "large"
        assert provider.age_band(born_on=last, starts_on=start) == "small"

    def test_norms_cover_ages_without_overlap(self, provider: RuleSet) -> None:
        norms = sorted(provider.area_norms(), key=lambda norm: norm.age_from)
        assert all(norm.square_metres > 0 for norm in norms)
        assert all(one.age_to == next_.age_from for one, next_ in pairwise(norms))

    @pytest.mark.parametrize("channel", ["digital", "paper", "unheard-of"])
    def test_notice_is_given_for_any_channel(self, provider: RuleSet, channel: str) -> None:
        notice = provider.notice(channel)
        assert notice.received_after_days >= 0
        assert notice.complaint_days > 0
