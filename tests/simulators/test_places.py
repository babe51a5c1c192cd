from opptak_simulators.society import places
from opptak_simulators.society.model import AddressKind


def test_kindergartens_carry_no_contact_data() -> None:
    text = (places.DATA / "kindergartens.csv").read_text(encoding="utf-8")

    assert "@" not in text
    assert "http" not in text


def test_organisation_numbers_have_right_check_digits() -> None:
    weights = (3, 2, 7, 6, 5, 4, 3, 2)
    numbers = {unit.orgnr for unit in places.kindergartens()}
    numbers |= {unit.owner for unit in places.kindergartens() if unit.owner}
    numbers |= {municipality.organisation for municipality in places.municipalities()}

    wrong = [
        number
        for number in numbers
        if -sum(int(d) * w for d, w in zip(number, weights, strict=False)) % 11 != int(number[8])
    ]

    assert wrong == []


def test_children_of_each_municipality_equal_the_published_sum() -> None:
    sums = {
        municipality.number: sum(unit.children or 0 for unit in places.kindergartens_of(municipality.number))
        for municipality in places.municipalities()
    }

    assert sums == {
        "5544": 193,
        "5538": 63,
        "5540": 60,
        "5542": 116,
        "5546": 47,
        "5501": 3697,
    }


def test_streets_are_unique_within_a_municipality() -> None:
    for municipality in places.municipalities():
        streets = places.streets(municipality.number)
        assert len({street.name for street in streets}) == len(streets)
        assert len({street.code for street in streets}) == len(streets)


def test_addresses_of_a_municipality_have_different_identifiers() -> None:
    known = [*places.kindergarten_addresses(), *places.cadastral_sites("5544")]
    known += [street.address(1) for street in places.streets("5544")]

    assert len({address.id for address in known}) == len(known)


def test_kindergarten_without_position_gets_the_older_one() -> None:
    leirbukt = next(unit for unit in places.kindergartens() if unit.orgnr == "994459082")

    assert (leirbukt.lat, places.position(leirbukt)) == (None, (69.7704, 20.9922))


def test_kindergarten_without_street_becomes_a_piece_of_land() -> None:
    named = {address.place for address in places.kindergarten_addresses() if address.place}

    assert {"Oksfjordhamn", "Sandmælen", "Burfjord", "Sørstraumen"} - named == {"Sørstraumen"}
    assert all(
        address.kind is AddressKind.CADASTRAL for address in places.kindergarten_addresses() if address.place
    )


def test_homes_lie_near_their_village() -> None:
    for street in places.streets("5544"):
        village, house = street.village, street.address(places.HOUSES_PER_STREET)
        away = places.metres_between(village.lat, village.lon, to=(house.lat, house.lon))
        assert away < village.radius_km * 1000 + 1000
