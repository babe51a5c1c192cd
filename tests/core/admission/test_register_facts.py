"""Facts from the register, and who belongs to which family."""

from datetime import date
from uuid import UUID

from opptak.admission.applicants import FamilyPlace, family_groups
from opptak.admission.register_facts import Family, Known, facts_of, language_tags
from opptak.admission.schemas import Fact
from opptak.hooks.types import PersonState, Protection
from opptak.kit.ids import new_id
from opptak.people.schemas import PersonView
from opptak.placements.schemas import PlacementView

HOUSE = new_id()


def person(
    born_on: date = date(2025, 6, 1), *, languages: tuple[str, ...] = (), resident: bool = False
) -> PersonView:
    """Return a person."""
    return PersonView(
        id=new_id(),
        given_name="Barn",
        family_name="Prøve",
        born_on=born_on,
        state=PersonState.RESIDENT,
        resident=resident,
        protection=Protection.NONE,
        address=None,
        point=None,
        languages=languages,
    )


def placed(child_id: UUID) -> PlacementView:
    """Return a place at HOUSE."""
    return PlacementView(
        id=new_id(),
        child_id=child_id,
        unit_id=new_id(),
        facility_id=HOUSE,
        offer_id=None,
        starts_on=date(2025, 8, 1),
        ends_on=None,
        days_per_week=5,
        weekdays=None,
    )


def family(
    child: PersonView,
    *,
    guardians: tuple[PersonView, ...] = (),
    siblings: tuple[PersonView, ...] = (),
    placed_children: tuple[UUID, ...] = (),
) -> Family:
    """Return a family all of whose children apply."""
    return Family(
        child=child,
        guardians=guardians,
        siblings=tuple(sibling.id for sibling in siblings),
        applying={one.id: one for one in (child, *siblings)},
        placed={one: placed(one) for one in placed_children},
    )


def test_facts_of_a_child_nobody_knows_anything_about_are_none() -> None:
    assert list(facts_of(family(person()))) == []


def test_facts_of_a_child_with_a_place_and_a_sibling_there() -> None:
    child, sibling = person(resident=True), person(date(2022, 1, 1))
    found = family(child, siblings=(sibling,), placed_children=(child.id, sibling.id))
    assert list(facts_of(found)) == [
        Known(fact=Fact.RESIDENT),
        Known(fact=Fact.TRANSFER),
        Known(fact=Fact.SIBLING_AT_FACILITY, facility_id=HOUSE),
    ]


def test_facts_take_sami_from_child_and_guardians() -> None:
    assert list(facts_of(family(person(), guardians=(person(languages=("smj",)),)))) == [
        Known(fact=Fact.SAMI_LANGUAGE)
    ]
    assert list(facts_of(family(person(languages=("nb", "en"))))) == []


def test_twins_may_be_born_on_either_side_of_midnight() -> None:
    child = person(date(2025, 6, 1))
    twin, sibling = person(date(2025, 6, 2)), person(date(2025, 6, 3))
    assert list(facts_of(family(child, siblings=(twin,)))) == [Known(fact=Fact.TWIN_APPLYING)]
    assert list(facts_of(family(child, siblings=(sibling,)))) == []


def test_language_tags_are_sorted_and_unique() -> None:
    mother, father = person(languages=("se", "nb")), person(languages=("se",))
    assert language_tags(person(languages=("nb",)), [mother, father]) == ("language:nb", "language:se")


def test_family_groups_join_siblings_of_siblings() -> None:
    eldest, middle, youngest = person(date(2023, 1, 1)), person(date(2024, 1, 1)), person(date(2025, 1, 1))
    stranger = person()
    groups = family_groups(
        [
            family(youngest, siblings=(middle,)),
            family(stranger),
            family(eldest, siblings=(middle,)),
            family(middle, siblings=(eldest, youngest)),
        ]
    )
    name = str(min(eldest.id, middle.id, youngest.id))
    assert groups == {
        eldest.id: FamilyPlace(family=name, ordinal=0),
        middle.id: FamilyPlace(family=name, ordinal=1),
        youngest.id: FamilyPlace(family=name, ordinal=2),
        stranger.id: FamilyPlace(family=str(stranger.id), ordinal=0),
    }


def test_family_is_the_same_under_whatever_ids_its_members_were_stored() -> None:
    def told() -> list[FamilyPlace]:
        """Return the places of twins and their elder sibling, stored anew."""
        first, second, eldest = person(), person(), person(date(2023, 1, 1))
        called = {first.id: "b", second.id: "a", eldest.id: "c"}
        families = [family(first, siblings=(second, eldest)), family(second), family(eldest)]
        groups = family_groups(families, called=called.__getitem__)
        return [groups[one.id] for one in (first, second, eldest)]

    assert (
        told()
        == told()
        == [
            FamilyPlace(family="a", ordinal=2),
            FamilyPlace(family="a", ordinal=1),
            FamilyPlace(family="a", ordinal=0),
        ]
    )
