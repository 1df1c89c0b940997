"""Where tasks come from."""

from lamarck.operators.tasks.dataset import Dataset
from lamarck.operators.tasks.earlier import Earlier
from lamarck.operators.tasks.examples import Examples

__all__ = [
    "Dataset",
    "Earlier",
    "Examples",
]
