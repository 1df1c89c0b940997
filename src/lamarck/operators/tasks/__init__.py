"""Where tasks come from."""

from lamarck.operators.tasks.dataset import Dataset

__all__ = [
    "Dataset",
]
