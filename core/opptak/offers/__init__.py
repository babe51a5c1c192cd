"""Offers: places offered, answered and cascaded; waiting lists."""
