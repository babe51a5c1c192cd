"""The engine (tildelingsmotor): an instance of the exchange format in, a result out. Pure, no database.

`instance` and `result` are the format, `running.allocate` makes the one from the other, `checks` says whether
a result may be released and `explain` tells a family its story.
"""
