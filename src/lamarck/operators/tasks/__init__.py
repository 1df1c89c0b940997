"""Where tasks come from."""

from lamarck.operators.tasks.brainstorm import Brainstorm
from lamarck.operators.tasks.dataset import Dataset
from lamarck.operators.tasks.earlier import Earlier
from lamarck.operators.tasks.evolve import Evolve
from lamarck.operators.tasks.examples import Examples
from lamarck.operators.tasks.from_text import FromText
from lamarck.operators.tasks.frontier import Frontier
from lamarck.operators.tasks.instances import Instances
from lamarck.operators.tasks.latest import Latest
from lamarck.operators.tasks.mask import Mask
from lamarck.operators.tasks.mine_events import MineEvents
from lamarck.operators.tasks.people_said import PeopleSaid
from lamarck.operators.tasks.per_candidate import PerCandidate
from lamarck.operators.tasks.pick import Pick
from lamarck.operators.tasks.self_instruct import SelfInstruct

__all__ = [
    "Brainstorm",
    "Dataset",
    "Earlier",
    "Evolve",
    "Examples",
    "FromText",
    "Frontier",
    "Instances",
    "Latest",
    "Mask",
    "MineEvents",
    "PeopleSaid",
    "PerCandidate",
    "Pick",
    "SelfInstruct",
]
