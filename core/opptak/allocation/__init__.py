"""Allocation (tildeling): the runs of a round, from a dry run to the release by a second person.

What decides is `opptak.engine`; here its input is gathered and frozen, and its results are kept and acted on.
"""
