"""The database: SQLAlchemy Core over SQLite or PostgreSQL, one file per noun. It decides nothing."""
