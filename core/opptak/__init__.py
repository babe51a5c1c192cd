"""Opptak: childcare admission for municipalities, from the population register to the invoice."""

import pluggy

__all__ = ("__version__", "hookimpl")

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker("opptak")
"""Marks a plugin's function as an implementation of the hook of the same name."""
