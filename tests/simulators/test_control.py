import httpx
import pytest

from opptak_simulators.asgi import Message, Receive, Send
from opptak_simulators.faults import Fault, FaultKind, Faults, Faulty, HungUp
from opptak_simulators.ground import MunicipalAccess
from opptak_simulators.no.control import AUTHORITIES
from tests.simulators.conftest import Headers

KRR = "/krr/rest/v2/personer"
NBR = "/nbr/v4/enhet/975322505"
FREG = "/folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer"


async def break_down(fresh: httpx.AsyncClient, authority: str, kind: str, **more: float) -> None:
    order = {"authority": authority, "kind": kind, **more}
    assert (await fresh.post("/control/faults", json=order)).status_code == 200


async def test_health_tells_the_countrys_time(fresh: httpx.AsyncClient) -> None:
    answer = await fresh.get("/control/health")

    assert answer.json() == {"now": "2027-01-11T09:00:00Z"}


async def test_unknown_authority_is_not_found(fresh: httpx.AsyncClient) -> None:
    assert (await fresh.get("/nav/anything")).status_code == 404


async def test_every_authority_can_be_broken(fresh: httpx.AsyncClient) -> None:
    for authority in AUTHORITIES:
        await break_down(fresh, authority, "down")
        answer = await fresh.get(f"/{authority}/")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


async def test_fault_hits_as_often_as_ordered(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "down", count=2)

    assert [(await fresh.get(NBR)).status_code for _ in range(3)] == [503, 503, 200]


async def test_fault_may_hit_one_method_alone(fresh: httpx.AsyncClient) -> None:
    order = {"authority": "nbr", "kind": "down", "count": 1, "method": "POST"}
    await fresh.post("/control/faults", json=order)

    answers = [(await fresh.request(method, NBR)).status_code for method in ("GET", "POST", "POST")]

    assert answers == [200, 503, 405]


async def test_fault_hits_its_authority_until_switched_off(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "down")
    await break_down(fresh, "krr", "down")

    await fresh.delete("/control/faults?authority=nbr")
    one = (await fresh.get("/control/faults")).json()
    await fresh.delete("/control/faults")
    none = (await fresh.get("/control/faults")).json()

    assert (list(one), none) == (["krr"], {})
    assert (await fresh.get(NBR)).status_code == 200


async def test_throttle_counts_in_the_authoritys_own_unit(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "throttle", seconds=3)
    await break_down(fresh, "folkeregisteret", "throttle", seconds=3)

    waits = [(await fresh.get(url)).headers["retry-after"] for url in (NBR, FREG)]

    assert waits == ["3", "3000"]


async def test_slow_authority_answers_in_the_end(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "slow", seconds=0.01)

    assert (await fresh.get(NBR)).json()["Navn"] == "Høgegga barnehage"


async def test_slow_authority_does_what_it_was_asked_though_nobody_waits() -> None:
    taken: list[str] = []

    async def app(_scope: Message, receive: Receive, _send: Send) -> None:
        taken.append(str((await receive())["body"]))

    async def nobody(_message: Message) -> None:
        """Hang up."""

    messages: list[Message] = [
        {"type": "http.request", "body": b"a ", "more_body": True},
        {"type": "http.request", "body": b"letter"},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    faults = Faults()
    faults.switch_on("svarut", Fault(FaultKind.SLOW, seconds=0))
    await Faulty(app, authority="svarut", faults=faults)({"method": "POST"}, receive, nobody)

    assert taken == [str(b"a letter")]


async def test_malformed_answer_is_no_json(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "malformed")
    answer = await fresh.get(NBR)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


async def test_cut_answer_ends_in_the_middle(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "cut")

    with pytest.raises(HungUp):
        await fresh.get(NBR)


async def test_answer_given_twice_is_no_json_either(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "double")
    answer = await fresh.get(NBR)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Extra data"):
        answer.json()


async def test_answer_of_a_false_length_ends_before_it(fresh: httpx.AsyncClient) -> None:
    await break_down(fresh, "nbr", "length")

    with pytest.raises(HungUp):
        await fresh.get(NBR)


@pytest.mark.parametrize(
    "order",
    [
        {"authority": "nav", "kind": "down"},
        {"authority": "nbr", "kind": "haunted"},
        {"authority": "nbr", "kind": "down", "count": 0},
        {"authority": "nbr", "kind": "down", "colour": "red"},
    ],
)
async def test_bad_fault_is_refused(fresh: httpx.AsyncClient, order: dict[str, object]) -> None:
    assert (await fresh.post("/control/faults", json=order)).status_code == 400


async def test_clock_of_the_country_can_be_set(fresh: httpx.AsyncClient, freg: Headers) -> None:
    answer = await fresh.post("/control/time", json={"now": "2027-04-01T10:00:00+02:00"})

    assert answer.json() == {"now": "2027-04-01T08:00:00Z"}
    assert (await fresh.get(FREG, headers=freg)).status_code == 401
    assert (await fresh.post("/control/time", json={"now": "2027-04-01T10:00:00"})).status_code == 400


async def test_sample_parents_are_different_families_of_the_municipality(
    fresh: httpx.AsyncClient,
) -> None:
    answer = await fresh.get("/control/sample-parents?municipality=5544&limit=15")
    elsewhere = await fresh.get("/control/sample-parents?municipality=5540")

    parents = answer.json()
    assert len({parent["pid"] for parent in parents}) == 15
    assert len({parent["persona"] for parent in parents}) >= 12
    assert all(any(not child["placed"] for child in parent["children"]) for parent in parents)
    assert elsewhere.json() == []


async def test_letters_of_unknown_municipalities_and_documents_are_not_found(
    fresh: httpx.AsyncClient, access: MunicipalAccess
) -> None:
    answers = [
        await fresh.get("/control/svarut/letters?municipality=9999"),
        await fresh.get("/control/svarut/letters/none/documents/0"),
        await fresh.get(f"/control/svarut/letters?municipality={access.municipality}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 200]
