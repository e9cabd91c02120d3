"""What is true and what follows from it: values in, values out. No clock, database, files, network or logging."""
