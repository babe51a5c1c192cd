"""What goes through a broker, and how long it may lie there."""

from typing import Final

from dramatiq.encoder import JSONEncoder, MessageData
from dramatiq.errors import DecodeError

__all__ = ("ANSWER_SECONDS", "CONNECT_SECONDS", "HEARTBEAT_SECONDS", "KEPT_SECONDS", "PointerEncoder")

KEPT_SECONDS: Final = 60
"""How long a message nobody took is kept: by then the relay has told of the row again."""

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 10
HEARTBEAT_SECONDS: Final = 15

_FIELDS = {"queue_name", "actor_name", "args", "kwargs", "options", "message_id", "message_timestamp"}


class PointerEncoder(JSONEncoder):
    """Refuses what is no message of ours at once, where clients drop it; met later it would stop them."""

    def decode(self, data: bytes) -> MessageData:
        """Return the message's parts; raises DecodeError."""
        found: object = super().decode(data)
        if isinstance(found, dict) and found.keys() == _FIELDS and isinstance(found["options"], dict):
            return found
        raise DecodeError("not a message of ours", b"", None)
