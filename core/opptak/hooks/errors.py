"""Outcomes of a call to the outside that did not bring what was asked; each says what happens next.

Outcome
├── Temporary       try again later: `retry_after` seconds if the other side said so
│   └── Resting     not even asked: it failed too often in a row and is left in peace for a while
├── Configuration   parked until the tenant's administrator has changed a setting; `hint` is a message key
├── Permanent       parked for a person; the same call will fail again
├── NotFound        the other side does not know it
├── Neutral         the authority may not say (protected persons): treat as unknown, never as absent
└── Unsupported     this provider does not offer the operation
"""

__all__ = (
    "Configuration",
    "Neutral",
    "NotFound",
    "Outcome",
    "Permanent",
    "Resting",
    "Temporary",
    "Unsupported",
)


class Outcome(Exception):
    """An outcome, not an error: core decides what follows.

    `code` is the authority's own code, `hint` a message key; neither holds personal data.
    """

    def __init__(self, code: str = "", *, hint: str = "") -> None:
        super().__init__(code or type(self).__name__)
        self.code = code
        self.hint = hint


class Temporary(Outcome):
    """The other side is down, slow or throttling; `retry_after` is in seconds."""

    def __init__(self, code: str = "", *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, hint=hint)
        self.retry_after = retry_after


class Resting(Temporary):
    """The other side was not asked: too many calls in a row had failed."""


class Configuration(Outcome):
    """Credentials, rights or addresses are wrong; nothing helps but a changed setting."""


class Permanent(Outcome):
    """The other side refused, and will refuse the same call again."""


class NotFound(Outcome):
    """The other side does not know what was asked for."""


class Neutral(Outcome):
    """The authority may not say; the caller must behave as if it did not know."""


class Unsupported(Outcome):
    """The provider does not offer this operation."""
