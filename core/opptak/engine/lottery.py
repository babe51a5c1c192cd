"""The lottery (loddtrekning): one number a family, the same in every round of an intake."""

import hashlib
import hmac

from opptak.engine.instance import Round

__all__ = ("draw_seed", "lottery64")


def lottery64(round_: Round, family: str) -> int:
    """Return the family's number, 0 to 2**64 - 1; the smaller goes first.

    The first eight bytes, big-endian, of HMAC-SHA256 under the round's seed over `tenant|intake|family`.
    """
    message = f"{round_.tenant}|{round_.intake}|{family}".encode()
    drawn = hmac.digest(bytes.fromhex(round_.seed), message, hashlib.sha256)
    return int.from_bytes(drawn[:8], "big")


def draw_seed(seed: str, number: int) -> str:
    """Return the seed of another draw, counted from 0: the SHA-256 of the seed and four bytes, big-endian."""
    return hashlib.sha256(bytes.fromhex(seed) + number.to_bytes(4, "big")).hexdigest()
