"""Calendars of others in, one of our TOML files out. Only values and text live here: files are opened at the edges."""
