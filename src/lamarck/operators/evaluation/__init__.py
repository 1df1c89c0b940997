"""How good the learner is."""

from lamarck.operators.evaluation.accuracy import Accuracy
from lamarck.operators.evaluation.debate import Debate
from lamarck.operators.evaluation.grade import Grade
from lamarck.operators.evaluation.inspect_ai import InspectAi
from lamarck.operators.evaluation.lm_eval import LmEval
from lamarck.operators.evaluation.reward_score import RewardScore
from lamarck.operators.evaluation.votes import Votes
from lamarck.operators.evaluation.win_rate import WinRate

__all__ = [
    "Accuracy",
    "Debate",
    "Grade",
    "InspectAi",
    "LmEval",
    "RewardScore",
    "Votes",
    "WinRate",
]
