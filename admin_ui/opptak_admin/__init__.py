"""Staff site: case workers, leaders, municipal administrators and the vendor."""
