"""How tasks are solved."""

from lamarck.operators.solutions.labelled import Labelled
from lamarck.operators.solutions.sample import Sample

__all__ = [
    "Labelled",
    "Sample",
]
