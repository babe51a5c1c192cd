"""`make bench`: our application page against a bare Litestar page with one read, same server, same run.

Machines are noisy, so rounds are interleaved and the ratio of medians is what counts.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from uuid import UUID

from tests.bench.load import hammer
from tests.bench.server import BARE
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
from opptak.kit.postgres import EmbeddedPostgres
from opptak.kit.subject import Space
from opptak.migrations.bootstrap import prepare
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.settings import Settings

ROUNDS = 5
FLOOR = 0.15
"""Our page over the bare page: the least the project promises."""


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


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


async def measure(port: int, host: str, page: str, cookie: str) -> None:
    """Print requests a second of both pages and their ratio."""
    bare, ours = [], []
    for _ in range(ROUNDS + 1):
        bare.append((await hammer(port, BARE, "/")).rate)
        ours.append((await hammer(port, host, page, cookie=cookie)).rate)
    # The first round warms both up.
    a, b = median(bare[1:]), median(ours[1:])
    say(f"(a) bare Litestar page, one read    {a:8.0f} requests/s")
    say(f"(b) application page, everything    {b:8.0f} requests/s")
    say(f"b / a                               {b / a:8.2f}   (at least {FLOOR})")


def resident_megabytes(pid: int) -> int:
    """Return the proportional set size of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0


def await_port(port: int) -> None:
    """Wait until something listens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as address:
        url = prepare(address.url(database="postgres")).render_as_string(hide_password=False)
        settings = Settings(database_url=url, data_dir=folder, secure_cookies=False)
        host, application, token = asyncio.run(furnish(settings))
        port = free_port()
        environment = {
            **os.environ,
            "OPPTAK_DATABASE_URL": url,
            "OPPTAK_DATA_DIR": folder,
            "OPPTAK_SECURE_COOKIES": "false",
        }
        command = [sys.executable, "-m", "tests.bench.server", str(port)]
        with subprocess.Popen(command, env=environment) as server:  # noqa: S603 -- our own program
            await_port(port)
            cookie = f"session={token}"
            asyncio.run(measure(port, host, f"/applications/{application}", cookie))
            say(f"memory of the web process {resident_megabytes(server.pid):18d} MB  (at most 200)")
            server.terminate()


if __name__ == "__main__":
    main()
