"""Invented creatures to be sorted by rules that nobody tells: a truth table of two of their ten features."""

from lamarck.environments.creatures.environment import Creatures

__all__ = ["Creatures"]
