"""People: children, guardians, custody and contact data, as the registers know them."""
