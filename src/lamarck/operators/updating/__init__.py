"""How experience changes the learner."""

from lamarck.operators.updating.answer_with import AnswerWith
from lamarck.operators.updating.dpo import DPO
from lamarck.operators.updating.evolve_merge import EvolveMerge
from lamarck.operators.updating.remember import Remember
from lamarck.operators.updating.sft import SFT

__all__ = [
    "DPO",
    "SFT",
    "AnswerWith",
    "EvolveMerge",
    "Remember",
]
