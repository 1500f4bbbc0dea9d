"""Column generators: how the values of a column arise. One class a kind, found by its entry point."""
