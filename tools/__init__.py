"""What developers run: bootstrap, tests, lints and document checks. Not part of any distribution."""
