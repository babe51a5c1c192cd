"""Outreach: finding the children of a round and inviting their guardians."""
