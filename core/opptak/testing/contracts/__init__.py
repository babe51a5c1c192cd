"""One contract class for each family of providers."""
