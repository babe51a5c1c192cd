"""The policy lab: what another rule, another lottery or another place would do. It decides nothing.

All of it takes an instance and gives figures; neither is kept, and no run is touched.
"""
