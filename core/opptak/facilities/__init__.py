"""Facilities: owners, houses, units and capacity."""
