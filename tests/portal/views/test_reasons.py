"""Reasons gathered by kindergarten."""

from opptak.engine.explain import Predicate, Sentence
from opptak.kit.i18n import Catalogues
from opptak_portal.views.reasons import reasons

TEXT = Catalogues.load().translator("nb")


def say(key: str, predicate: Predicate, **params: int | str) -> Sentence:
    return Sentence(key=f"allocation.why.{key}", params=dict(params), predicate=predicate)


def test_sentence_stands_under_the_kindergarten_it_names() -> None:
    told = reasons(
        [
            say("offered_wish", Predicate.ASSIGNED, program="Høgegga", number=2),
            say("own_points", Predicate.OWN_POINTS, points=20),
            say("criterion", Predicate.CRITERION, criterion="bytte", points=20),
            say("own_points_at", Predicate.OWN_POINTS, program="Sørkjosen", points=15),
            say("criterion", Predicate.CRITERION, criterion="avstand", points=15, program="Sørkjosen"),
            say("not_needed", Predicate.NOT_NEEDED, program="Storslett"),
        ],
        TEXT,
    )

    assert "Høgegga" in told.outcome
    assert told.child == (
        TEXT("allocation.why.own_points", points=20),
        TEXT("allocation.why.criterion", criterion="bytte", points=20),
    )
    assert [(part.name, len(part.sentences)) for part in told.parts] == [("Sørkjosen", 2), ("Storslett", 1)]


def test_place_in_line_is_not_told_as_it_was_at_the_run() -> None:
    told = reasons(
        [
            say("offered_wish", Predicate.ASSIGNED, program="Høgegga", number=2),
            say("own_points_at", Predicate.OWN_POINTS, program="Sørkjosen", points=15),
            say("waiting", Predicate.WAITING_POSITION, program="Sørkjosen", position=3),
        ],
        TEXT,
    )

    [part] = told.parts
    assert part.sentences == (TEXT("allocation.why.own_points_at", program="Sørkjosen", points=15),)


def test_nothing_told_is_nothing_shown() -> None:
    told = reasons([], TEXT)

    assert (told.outcome, told.child, told.parts) == ("", (), ())
