"""Independent verifier of allocation results; imports nothing of the engine.

It works from the two files alone: the frozen instance and the published result. `verify` answers with one
line a check, V1 to V10; `python -m opptak_verifier INSTANCE RESULT` prints them and exits 0 only if all hold.
"""

from opptak_verifier.checks import Check, verify
from opptak_verifier.shape import Malformed

__all__ = ("Check", "Malformed", "verify")
