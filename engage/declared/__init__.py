"""Staff's files: TOML in, a checked schedule or located problems out. Nothing is stored and nothing is sent here."""
