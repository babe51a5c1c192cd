"""Logs: one JSON object a line, with no personal data in it.

Messages are constant; what varies goes into `extra`, and only known harmless fields are written.
"""

import logging

import structlog
from structlog.typing import EventDict, WrappedLogger

__all__ = ("FIELDS", "configure_logs")

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


def configure_logs(level: str) -> None:
    """Write everything from `level` up to standard error."""
    handler = logging.StreamHandler()
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


def _tell_kind_alone(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an exception's kind in its place: libraries log it whole, and its text may quote people."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0] is not None:
        event["kind"] = raised[0].__name__
    return event
