"""Tenants: municipalities as data, and what a piece of work inside one of them stands on."""
