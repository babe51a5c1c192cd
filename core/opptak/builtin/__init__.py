"""Core's own plugins, registered through the same door as everybody's."""

from opptak.builtin import accounts, administration, facilities, outbox, people, points

__all__ = ("PLUGINS",)

PLUGINS: tuple[object, ...] = (accounts, administration, facilities, outbox, people, points)
"""All of them; the ones that are always on come last in a tenant's order."""
