"""Lamarck: the self-evolution cycle of large language models."""
