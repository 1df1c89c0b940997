"""Which experiences are worth learning from, and how they are mended."""

from lamarck.operators.refinement.accumulate import Accumulate
from lamarck.operators.refinement.best_worst import BestWorst
from lamarck.operators.refinement.cap import Cap
from lamarck.operators.refinement.certain import Certain
from lamarck.operators.refinement.conclude import Conclude
from lamarck.operators.refinement.consolidate import Consolidate
from lamarck.operators.refinement.distinct import Distinct
from lamarck.operators.refinement.every_pair import EveryPair
from lamarck.operators.refinement.filter import Filter
from lamarck.operators.refinement.formats import Formats
from lamarck.operators.refinement.novel import Novel
from lamarck.operators.refinement.retry import Retry
from lamarck.operators.refinement.revise import Revise
from lamarck.operators.refinement.shuffle import Shuffle
from lamarck.operators.refinement.take import Take
from lamarck.operators.refinement.wording import Wording

__all__ = [
    "Accumulate",
    "BestWorst",
    "Cap",
    "Certain",
    "Conclude",
    "Consolidate",
    "Distinct",
    "EveryPair",
    "Filter",
    "Formats",
    "Novel",
    "Retry",
    "Revise",
    "Shuffle",
    "Take",
    "Wording",
]
