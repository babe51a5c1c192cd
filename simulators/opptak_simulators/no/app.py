"""All Norwegian authorities behind one address, each under a path of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime

from opptak_simulators.asgi import Asgi, Message, Receive, Send, answer
from opptak_simulators.faults import Faults, Faulty
from opptak_simulators.ground import TrainingGround
from opptak_simulators.no import (
    administration,
    barnehagefakta,
    control,
    krr,
    maskinporten,
    nbr,
)
from opptak_simulators.no.folkeregisteret import app as folkeregisteret
from opptak_simulators.no.idporten import app as idporten
from opptak_simulators.no.kartverket import app as kartverket
from opptak_simulators.no.samples import Samples
from opptak_simulators.no.svarut import app as svarut
from opptak_simulators.no.svarut.post_office import PostOffice
from opptak_simulators.no.svarut.shipment import STANDARD_PACE, Pace
from opptak_simulators.no.tokens import Clock, WorldClock
from opptak_simulators.society.model import Country

_RETRY_UNIT = {"folkeregisteret": 1000}
"""Retry-After is in seconds, save where an authority counts milliseconds."""


def now() -> datetime:
    return datetime.now(UTC)


class Gateway:
    """Sends each call to the authority named by the first part of its path."""

    def __init__(self, apps: Mapping[str, Asgi]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        name, _, rest = str(scope["path"]).removeprefix("/").partition("/")
        app = self._apps.get(name)
        if app is None:
            await answer(send, status=404, body=b'{"message":"Unknown authority"}')
        else:
            path = f"/{rest}"
            await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def create_app(
    country: Country, ground: TrainingGround, *, clock: Clock = now, pace: Pace = STANDARD_PACE
) -> Asgi:
    """The authorities of a country for the clients of a training ground.

    `clock` gives the time in UTC; `pace` is how fast a letter travels at SvarUt.
    """
    faults, samples, world = Faults(), Samples(country), WorldClock(clock)
    post_office = PostOffice(country, clock=world, pace=pace)
    ledger = administration.Ledger(clock=world)
    authorities: dict[str, Asgi] = {
        "maskinporten": maskinporten.create_app(ground, clock=world),
        "folkeregisteret": folkeregisteret.create_app(country, ground, clock=world),
        "krr": krr.create_app(country, ground, clock=world),
        "svarut": svarut.create_app(post_office, ground, clock=world),
        "nbr": nbr.create_app(),
        "barnehagefakta": barnehagefakta.create_app(),
        "kartverket": kartverket.create_app(),
        "idporten": idporten.create_app(ground, samples=samples, clock=world),
        "administration": administration.create_app(country, ground, ledger=ledger),
    }
    switched: dict[str, Asgi] = {
        name: Faulty(app, authority=name, faults=faults, retry_unit=_RETRY_UNIT.get(name, 1))
        for name, app in authorities.items()
    }
    levers = control.create_app(
        ground, clock=world, faults=faults, post_office=post_office, ledger=ledger, samples=samples
    )
    return Gateway({**switched, "control": levers})
