"""Pure nouns and decisions. Nothing in this package does I/O or reads a clock."""
