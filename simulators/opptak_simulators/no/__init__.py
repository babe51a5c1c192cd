"""The Norwegian authorities, each a small application of its own."""
