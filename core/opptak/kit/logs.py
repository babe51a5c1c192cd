"""Logs: one JSON object a line, with no personal data in it.

Messages are constant; what varies goes into `extra`, and only known harmless fields are written.
"""

import logging

import structlog
from structlog.typing import EventDict, WrappedLogger

__all__ = ("FIELDS", "Seldom", "configure_logs")

FIELDS = (
    "tenant",
    "plugin",
    "trace",
    "actor",
    "code",
    "failure",
    "kind",
    "method",
    "route",
    "status",
    "milliseconds",
    "provider",
    "operation",
    "outcome",
)
"""Fields of `extra` that are written; anything else is dropped."""


class Seldom(logging.Filter):
    """Lets libraries say the same thing once a minute: a broker's client repeats itself while it is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        if not record.name.startswith(_REPEATING):
            return True
        last = self._said.get(str(record.msg))
        if last is not None and record.created - last < _SAME_AGAIN_SECONDS:
            return False
        self._said[str(record.msg)] = record.created
        return True


_REPEATING = ("dramatiq", "pika")
_SAME_AGAIN_SECONDS = 60


def configure_logs(level: str) -> None:
    """Write everything from `level` up to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.ExtraAdder(allow=FIELDS),
                _tell_kind_alone,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # httpx logs each request's address, and addresses hold identity numbers.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    # pika tells of each connection it makes; alembic of the database it looks at, at every health check.
    logging.getLogger("pika").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _tell_kind_alone(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an exception's kind in its place: libraries log it whole, and its text may quote people."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0] is not None:
        event["kind"] = raised[0].__name__
    return event
