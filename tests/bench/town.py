"""What the benchmarks measure on: a tenant with one application, and a web process that serves it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from tests.conftest import START, new_tenant
from tests.fakes import FakeCountry, adult, child, kindergarten, manager_with

from opptak.admission.schemas import DraftRequest
from opptak.admission.service import Applications, Rounds
from opptak.facilities.service import Facilities
from opptak.hooks.types import AddressHit
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.clock import TravelClock
from opptak.kit.ports import free_port
from opptak.kit.subject import Space
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.settings import Settings

__all__ = ("furnish", "serving")


async def furnish(settings: Settings) -> tuple[str, UUID, str]:
    """Make a tenant with one drafted application; return host, application and session token."""
    country = FakeCountry()
    runtime = Runtime(settings, clock=TravelClock(START), manager=manager_with(country))
    tenant = await new_tenant(runtime)
    town = country.town(tenant.slug)
    town.facilities = {f"97000000{n}": kindergarten(f"97000000{n}") for n in range(6)}
    kid, parent = child(1, date(2026, 3, 4)), adult(2)
    town.points["Fjellvegen 1"] = AddressHit(
        text="Fjellvegen 1",
        postcode="9151",
        place="Storslett",
        municipality="5544",
        latitude=69.77,
        longitude=21.02,
    )
    town.family("joint", [kid], [parent])
    async with runtime.work(tenant) as work:
        await Facilities(work).import_register()
        intake = await Rounds(work).ensure("2027")
        people = People(work)
        ids = await people.fetch([kid.identity_number])
        await people.fetch_guardians(ids)
        child_id = ids[kid.identity_number]
        await people.locate([child_id])
        request = DraftRequest(child_id=child_id, round_id=intake.id)
        drafts = await Applications(work).draft([request])
        [guardian] = (await people.guardians_of([child_id]))[child_id]
        started = await Logins(work).begin(NewLogin(space=Space.PARENTS, subject_id=guardian.id))
    await runtime.close()
    return f"{tenant.slug}.localhost", drafts[child_id], started.token


@contextmanager
def serving(database_url: str, folder: str) -> Iterator[tuple[int, int]]:
    """Serve from a process of its own; yield its port and process id."""
    port = free_port()
    environment = {
        **os.environ,
        "OPPTAK_DATABASE_URL": database_url,
        "OPPTAK_DATA_DIR": folder,
        "OPPTAK_SECURE_COOKIES": "false",
    }
    command = [sys.executable, "-m", "tests.bench.server", str(port)]
    with subprocess.Popen(command, env=environment) as server:  # noqa: S603 -- our own program
        await_port(port)
        yield port, server.pid
        server.terminate()


def await_port(port: int) -> None:
    """Wait until something listens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")
