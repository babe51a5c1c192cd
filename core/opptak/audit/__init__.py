"""Audit: who read or changed what."""
