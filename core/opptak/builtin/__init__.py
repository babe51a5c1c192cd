"""Core's own plugins, registered through the same door as everybody's."""

from opptak.builtin import accounts, administration, outbox, people, points

__all__ = ("PLUGINS",)

PLUGINS: tuple[object, ...] = (accounts, administration, outbox, people, points)
"""All of them; the ones that are always on come last in a tenant's order."""
