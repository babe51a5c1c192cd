"""RabbitMQ, as the broker of pointers."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import Middleware

from opptak.brokers.pointers import ANSWER_SECONDS, CONNECT_SECONDS, HEARTBEAT_SECONDS, KEPT_SECONDS

__all__ = ("Rabbit",)

_LIMITS = {
    "heartbeat": HEARTBEAT_SECONDS,
    "blocked_connection_timeout": ANSWER_SECONDS,
    "socket_timeout": CONNECT_SECONDS,
    "stack_timeout": ANSWER_SECONDS,
}
"""What makes a server that has gone silent noticed, unless the address says otherwise."""


class Rabbit(RabbitmqBroker):
    """Drops what nobody took or could read, there being no dead-letter exchange; hands over with a receipt.

    Several addresses of one cluster are separated by semicolons.
    """

    def __init__(self, url: str, middleware: list[Middleware]) -> None:
        addresses = [_limited(each) for each in url.split(";")]
        super().__init__(url=addresses, middleware=middleware, confirm_delivery=True)

    def check(self) -> None:
        """Find the connection alive and send its heartbeat, which it would miss while nothing is told."""
        try:
            self.connection.process_data_events(time_limit=0)
        except Exception:
            with suppress(Exception):
                del self.connection
            raise

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {"x-message-ttl": KEPT_SECONDS * 1000}


def _limited(url: str) -> str:
    parts = urlsplit(url)
    own = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return urlunsplit(parts._replace(query=urlencode(_LIMITS | own)))
