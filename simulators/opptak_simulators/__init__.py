"""Simulated authorities and the training country they serve."""
