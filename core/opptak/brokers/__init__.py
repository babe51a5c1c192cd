"""The brokers a deployment may have: one inside the process, RabbitMQ or Redis.

A message is a pointer to an outbox row, so a broker has nothing that must be kept: what it loses or forgets
is told again, what it delivers twice is done once. Dramatiq's retries and dead letters are therefore off.
"""

from urllib.parse import urlsplit

import dramatiq
from dramatiq.broker import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Middleware

from opptak.brokers.pointers import PointerEncoder
from opptak.settings import SettingsInvalid

__all__ = ("make_broker",)


def make_broker(url: str) -> Broker:
    """Return the broker of a URL: `embedded:`, `amqp://…` or `redis://…`; raises SettingsInvalid."""
    dramatiq.set_encoder(PointerEncoder())
    middleware: list[Middleware] = [AsyncIO(), CurrentMessage()]
    match urlsplit(url).scheme:
        case "embedded":
            return StubBroker(middleware=middleware)
        case "amqp" | "amqps":
            from opptak.brokers.rabbitmq import Rabbit  # noqa: PLC0415 -- a client nobody uses costs memory

            return Rabbit(url, middleware)
        case "redis" | "rediss":
            from opptak.brokers.redis import Redis  # noqa: PLC0415 -- a client nobody uses costs memory

            return Redis(url, middleware)
        case other:
            raise SettingsInvalid(f"OPPTAK_BROKER_URL: no broker for `{other}:`")
