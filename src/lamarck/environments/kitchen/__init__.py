"""A kitchen in words, with another cook whose mind nobody tells."""
