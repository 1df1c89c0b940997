"""Training of small models: one loop, one process, one thread."""
