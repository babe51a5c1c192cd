"""Sentences made readable: what a criterion is called where it gives points."""

from datetime import date

import pytest

from opptak.allocation.naming import named
from opptak.engine.explain import Predicate, Sentence
from opptak.kit.i18n import Catalogues
from opptak.tenancy.config import Criteria, Criterion, CriterionEffect

NEAR = Criterion(
    id="near",
    fact="distance",
    at="facility",
    effect=CriterionEffect.POINTS,
    bands=((800, 30), (1500, 20), (15_000, 10)),
)


@pytest.mark.parametrize(
    ("points", "language", "words"),
    [
        (30, "nb", "en vei hjemmefra på opptil 800 meter"),
        (20, "nb", "en vei hjemmefra på opptil 1,5 km"),
        (10, "en", "a way from home of up to 15 km"),
        (20, "se", "mátki ruovttus eanemusat 1,5 km"),
        (7, "nb", "kort vei hjemmefra"),
    ],
)
def test_way_home_is_told_with_the_band_that_gave_the_points(points: int, language: str, words: str) -> None:
    sentence = Sentence(
        key="allocation.why.criterion",
        params={"criterion": "near", "points": points},
        predicate=Predicate.CRITERION,
    )
    criteria = Criteria(valid_from=date(2026, 1, 1), rules=(NEAR,))
    text = Catalogues.load().translator(language)

    [told] = named([sentence], units={}, criteria=criteria, text=text)

    assert told.params["criterion"] == words
