"""Members: the customers of a program, and the accounts that hold their points."""
