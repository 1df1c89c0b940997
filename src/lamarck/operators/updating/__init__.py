"""How experience changes the learner."""

from lamarck.operators.updating.answer_with import AnswerWith
from lamarck.operators.updating.distill import Distill
from lamarck.operators.updating.dpo import DPO
from lamarck.operators.updating.elect import Elect
from lamarck.operators.updating.evolve_merge import EvolveMerge
from lamarck.operators.updating.evolve_profiles import EvolveProfiles
from lamarck.operators.updating.evolve_prompts import EvolvePrompts
from lamarck.operators.updating.forget import Forget
from lamarck.operators.updating.kto import KTO
from lamarck.operators.updating.policy_gradient import PolicyGradient
from lamarck.operators.updating.reconcile import Reconcile
from lamarck.operators.updating.remember import Remember
from lamarck.operators.updating.reward_model import RewardModel
from lamarck.operators.updating.sft import SFT

__all__ = [
    "DPO",
    "KTO",
    "SFT",
    "AnswerWith",
    "Distill",
    "Elect",
    "EvolveMerge",
    "EvolveProfiles",
    "EvolvePrompts",
    "Forget",
    "PolicyGradient",
    "Reconcile",
    "Remember",
    "RewardModel",
]
