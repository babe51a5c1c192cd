"""Documents: letters, their delivery, and stored files."""
