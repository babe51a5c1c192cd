"""Generic building blocks: nothing here knows what a kindergarten is."""
