"""How the tables came to be, step by step. What they are now is in store.schema; a test keeps the two equal."""
