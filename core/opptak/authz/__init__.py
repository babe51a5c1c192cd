"""Authorisation: which role and relation allows which action."""
