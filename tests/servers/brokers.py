"""Brokers on free loopback ports, each with a folder of its own; from Debian's packages."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from opptak.kit.ports import free_port
from tests.servers.programs import Keeper, Program, listens, plain_environment

__all__ = ("BROKERS", "BrokerServer", "Rabbit", "Redis", "start_broker")


class BrokerServer(Program):
    """A broker; `url` is what `OPPTAK_BROKER_URL` takes."""

    url: str
    port: int

    def up(self) -> None:
        """Start it and wait until it answers; raises NotUp."""
        self.start()
        self.wait_until(lambda: listens(self.port), what="the broker listens")

    def close(self) -> None:
        """End it and remove what it kept."""
        self.kill()


class Redis(BrokerServer):
    """A Redis that keeps nothing on disk: killed, it has forgotten everything."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = f"--bind 127.0.0.1 --port {self.port} --appendonly no --dir {folder} --save"
        command = ["redis-server", *options.split(), ""]
        super().__init__("redis", command, log=folder / "redis.log", keeper=keeper)


class Rabbit(BrokerServer):
    """A RabbitMQ node with a port mapper of its own; its durable queues outlive a kill."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F?heartbeat=10"
        self._home = _home("rabbitmq")
        mapper = free_port()
        environ = plain_environment() | self._environment(mapper)
        super().__init__(
            "rabbitmq",
            ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
            log=folder / "rabbitmq.log",
            keeper=keeper,
            environ=environ,
            account="rabbitmq",
        )
        # Otherwise the node would start one that stays for good.
        self._mapper = Program(
            "epmd",
            ["epmd", "-port", str(mapper), "-address", "127.0.0.1"],
            log=folder / "epmd.log",
            keeper=keeper,
            environ=environ,
            account="rabbitmq",
        )
        self._mapper_port = mapper

    def up(self) -> None:
        """Start it and wait until it answers; raises NotUp."""
        if not self._mapper.running:
            self._mapper.start()
            self._mapper.wait_until(lambda: listens(self._mapper_port), what="the port mapper listens")
        super().up()

    def close(self) -> None:
        """End it and remove what it kept."""
        self.kill()
        self._mapper.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _environment(self, mapper: int) -> dict[str, str]:
        (self._home / "plugins").write_text("[].\n")
        (self._home / "rabbitmq.conf").write_text("log.console = true\nlog.file = false\n")
        return {
            "HOME": str(self._home),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"opptak-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self._home / "data"),
            "RABBITMQ_LOG_BASE": str(self._home),
            "RABBITMQ_PID_FILE": str(self._home / "node.pid"),
            "RUNNING_UNDER_SYSTEMD": "1",  # the node itself, and not a shell with the node as child
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
        }


BROKERS: dict[str, type[Redis] | type[Rabbit]] = {"redis": Redis, "rabbitmq": Rabbit}
"""The brokers by the name the tests know them by."""


def start_broker(name: str, folder: Path, keeper: Keeper) -> Redis | Rabbit:
    """Start a broker and wait until it answers; raises NotUp."""
    folder.mkdir(parents=True, exist_ok=True)
    server = BROKERS[name](folder, keeper)
    server.up()
    return server


def _home(account: str) -> Path:
    """Return a new folder that an account may enter, which pytest's own are not."""
    home = Path(tempfile.mkdtemp(prefix="opptak-"))
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        os.chown(home, entry.pw_uid, entry.pw_gid)
    return home
