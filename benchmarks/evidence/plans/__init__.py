"""The planned experiments, one a recipe."""

from benchmarks.evidence.plan import Plan
from benchmarks.evidence.plans.ada_instruct import ADA_INSTRUCT
from benchmarks.evidence.plans.diverse_evol import DIVERSE_EVOL
from benchmarks.evidence.plans.evo_merge import EVO_MERGE
from benchmarks.evidence.plans.grath import GRATH
from benchmarks.evidence.plans.lmsi import LMSI
from benchmarks.evidence.plans.metamath import METAMATH
from benchmarks.evidence.plans.mot import MOT
from benchmarks.evidence.plans.rest import REST
from benchmarks.evidence.plans.rest_em import REST_EM
from benchmarks.evidence.plans.sciglm import SCIGLM
from benchmarks.evidence.plans.self_align import SELF_ALIGN
from benchmarks.evidence.plans.self_rewarding import SELF_REWARDING
from benchmarks.evidence.plans.spin import SPIN
from benchmarks.evidence.plans.star import STAR
from benchmarks.evidence.plans.v_star import V_STAR

FOUNDATION = (REST_EM, STAR, LMSI, MOT, V_STAR, SPIN, SELF_REWARDING, EVO_MERGE)
TASKS = (REST, ADA_INSTRUCT, SCIGLM, METAMATH, DIVERSE_EVOL, GRATH, SELF_ALIGN)
"""Of recipes that make or choose their tasks."""
PLANS: dict[str, Plan] = {plan.recipe: plan for plan in (*FOUNDATION, *TASKS)}
"""Recipe -> its plan, in the order of the page."""
