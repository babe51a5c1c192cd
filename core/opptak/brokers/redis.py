"""Redis, as the broker of pointers."""

import logging
from typing import Any

import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed, DecodeError
from dramatiq.middleware import Middleware

from opptak.brokers.pointers import ANSWER_SECONDS, CONNECT_SECONDS, HEARTBEAT_SECONDS, KEPT_SECONDS

__all__ = ("Redis",)

_log = logging.getLogger(__name__)


class _Consumer(_RedisConsumer):
    """Goes on after a message that can't be read, and takes silence for a lost connection."""

    def __next__(self) -> Any:
        try:
            return super().__next__()  # type: ignore[no-untyped-call]
        except DecodeError:
            _log.error("a message that can't be read was dropped")
            return None
        except redis.TimeoutError as error:
            raise ConnectionClosed(error) from None

    def ack(self, message: Any) -> None:
        try:
            super().ack(message)  # type: ignore[no-untyped-call]
        except redis.TimeoutError as error:
            raise ConnectionClosed(error) from None


class Redis(RedisBroker):
    """Keeps dead letters no longer than other messages, and its keys under `opptak`."""

    def __init__(self, url: str, middleware: list[Middleware]) -> None:
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            health_check_interval=HEARTBEAT_SECONDS,
        )
        super().__init__(  # type: ignore[no-untyped-call]
            client=client, middleware=middleware, namespace="opptak", dead_message_ttl=KEPT_SECONDS * 1000
        )

    def check(self) -> None:
        """Find the server alive."""
        self.client.ping()

    @property
    def consumer_class(self) -> type[_Consumer]:
        """What reads a queue."""
        return _Consumer
