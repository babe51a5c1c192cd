"""The stable surface plugins are written against; see `docs/reference/hooks.md`.

`specs` names the hooks, `providers` the abstract classes they return, `types` the values that pass, `errors`
the outcomes of a failed call; `calls` and `oauth` are there for plugins that speak HTTP. `API_VERSION` counts
the surface: the first number changes when a plugin must change.
"""

API_VERSION = "1.0"
