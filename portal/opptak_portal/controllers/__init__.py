"""What the site answers to: one module for each thing a parent does."""
