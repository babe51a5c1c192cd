"""Programs the tests start: our own processes as an operator runs them, and the servers they stand on."""
