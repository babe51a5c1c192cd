"""Kartverket's open address API, version 1."""
