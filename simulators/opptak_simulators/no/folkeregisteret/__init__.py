"""Folkeregisteret (Freg), rights package for public bodies with legal authority (med hjemmel)."""
