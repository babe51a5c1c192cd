"""Ledger exports."""
