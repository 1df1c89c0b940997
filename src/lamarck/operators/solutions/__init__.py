"""How tasks are solved."""

from lamarck.operators.solutions.sample import Sample

__all__ = [
    "Sample",
]
