"""Something that is away: told once when it goes and once when it is back, however often it is tried."""

import logging

__all__ = ("Outage",)


class Outage:
    """What one thing's logs say of its coming and going; `what` is a constant name for it."""

    def __init__(self, log: logging.Logger, what: str) -> None:
        self._log = log
        self._what = what
        self.on = False
        """Whether it is away now."""

    def away(self, error: Exception) -> None:
        """Note a failed try; of the error only its kind is told, as its text may quote an address."""
        if not self.on:
            self._log.warning("%s was interrupted", self._what, extra={"kind": type(error).__name__})
        self.on = True

    def back(self) -> None:
        """Note that it works."""
        if self.on:
            self._log.warning("%s goes on", self._what)
        self.on = False
