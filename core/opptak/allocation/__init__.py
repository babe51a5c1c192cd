"""Allocation (tildeling): who gets which place, why, and the proof that the rules were kept.

The pure part needs no database: `instance` and `result` are the exchange format, `engine.allocate` makes
the one from the other, `checks` says whether a result may be released and `explain` tells a family its story.
"""
