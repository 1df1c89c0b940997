"""How tasks are solved."""

from lamarck.operators.solutions.labelled import Labelled
from lamarck.operators.solutions.recall import Recall
from lamarck.operators.solutions.sample import Sample

__all__ = [
    "Labelled",
    "Recall",
    "Sample",
]
