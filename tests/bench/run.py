"""`make bench`: our application page against a bare Litestar page with one read, same server, same run; then
one tenant against five thousand (`tenants`) and the letters of a campaign (`story`).

Machines are noisy, so rounds are interleaved and the ratio of medians is what counts.
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.load import hammer
from tests.bench.measures import resident_megabytes, say
from tests.bench.server import BARE
from tests.bench.story import measure_story
from tests.bench.tenants import measure_tenants
from tests.bench.town import furnish, serving

from opptak.kit.postgres import EmbeddedPostgres
from opptak.migrations.bootstrap import prepare
from opptak.settings import Settings

ROUNDS = 5
FLOOR = 0.15
"""Our page over the bare page: the least the project promises."""


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


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as address:
        url = prepare(address.url(database="postgres")).render_as_string(hide_password=False)
        settings = Settings(database_url=url, data_dir=folder, secure_cookies=False)
        host, application, token = asyncio.run(furnish(settings))
        with serving(url, folder) as (port, pid):
            cookie = f"session={token}"
            asyncio.run(measure(port, host, f"/applications/{application}", cookie))
            say(f"memory of the web process {resident_megabytes(pid):18d} MB  (at most 200)")
    measure_tenants()
    measure_story()


if __name__ == "__main__":
    main()
