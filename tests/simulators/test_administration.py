import httpx

from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.society.model import Country

URL = "/administration/api/v1/5544/placements"
EXPORT = {"placements": [{"id": "1", "child_pid": "31882490052"}, {"id": "2"}]}


def key(access: MunicipalAccess, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.administration_key}", **more}


async def test_key_opens_its_own_municipality_only(
    client: httpx.AsyncClient, ground: TrainingGround, access: MunicipalAccess
) -> None:
    answers = [
        await client.get(URL),
        await client.get(URL, headers=key(ground.municipalities[1])),
        await client.get("/administration/api/v1/9999/placements", headers=key(access)),
        await client.get(URL, headers=key(access)),
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 404, 200]


async def test_placements_are_handed_out_in_the_neutral_form(
    client: httpx.AsyncClient, access: MunicipalAccess, country: Country
) -> None:
    body = (await client.get(URL, headers=key(access))).json()

    first, place = body["placements"][0], country.placements[0]
    assert (body["municipality"], len(body["placements"])) == ("5544", len(country.placements))
    assert first == {
        "id": place.id,
        "kindergarten_orgnr": place.kindergarten,
        "department": place.department,
        "child_pid": place.child,
        "hours_week": place.hours_week,
        "days": list(place.days),
        "from": place.since.isoformat(),
        "to": place.until.isoformat() if place.until else None,
    }


async def test_export_is_taken_once_for_each_key(fresh: httpx.AsyncClient, access: MunicipalAccess) -> None:
    headers = key(access, **{"Idempotency-Key": "run-1"})

    first = await fresh.post(URL, json=EXPORT, headers=headers)
    again = await fresh.post(URL, json=EXPORT, headers=headers)
    other = await fresh.post(URL, json={"placements": []}, headers=headers)
    stored = (await fresh.get("/control/administration/exports?municipality=5544")).json()

    assert (first.status_code, first.json()["received"]) == (200, 2)
    assert again.json() == first.json()
    assert other.status_code == 409
    [delivery] = stored
    assert delivery["export"] == EXPORT


async def test_export_without_key_or_sense_is_refused(
    fresh: httpx.AsyncClient, access: MunicipalAccess
) -> None:
    keyless = await fresh.post(URL, json=EXPORT, headers=key(access))
    senseless = await fresh.post(
        URL, content=b'{"placements": 7}', headers=key(access, **{"Idempotency-Key": "a"})
    )

    assert [keyless.json()["code"], senseless.json()["code"]] == ["no_key", "malformed"]
    assert [keyless.status_code, senseless.status_code] == [400, 400]
