"""House rules that no general linter knows: `python -m tools.lint [PATH …]`.

An exception is written at the end of the line it concerns, or alone on the line above, with its
reason: `# opptak: allow RULE -- REASON`. One without reason, or that excuses nothing, is a finding itself.
"""
