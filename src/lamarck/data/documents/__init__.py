"""A user's documents, read as text and cut into passages that can stand alone."""
