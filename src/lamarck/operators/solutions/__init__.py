"""How tasks are solved."""

from lamarck.operators.solutions.best_of import BestOf
from lamarck.operators.solutions.dialogue import Dialogue
from lamarck.operators.solutions.labelled import Labelled
from lamarck.operators.solutions.opponent import Opponent
from lamarck.operators.solutions.opposites import Opposites
from lamarck.operators.solutions.recall import Recall
from lamarck.operators.solutions.remind import Remind
from lamarck.operators.solutions.sample import Sample

__all__ = [
    "BestOf",
    "Dialogue",
    "Labelled",
    "Opponent",
    "Opposites",
    "Recall",
    "Remind",
    "Sample",
]
