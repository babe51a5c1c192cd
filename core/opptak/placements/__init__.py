"""Placements: children's places and their hand-over to administration systems."""
