"""WizardLM-2. Xu et al., 2024. https://wizardlm.github.io/WizardLM2 (a page, no paper).

The data is met in parts, each better than one pass over all: tasks are evolved and answers rewritten for SFT, then
preference pairs for DPO, then reinforcement by the product of two rewards; the next part starts from the result.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, put, recipe, without
from lamarck.operators import solutions, updating


@recipe(
    paper="https://wizardlm.github.io/WizardLM2",
    place="task: knowledge-free; progressive updating",
    ablations={"evolution": put("tasks.Evolve.times", 0), "answers": without("refinement.Revise")},
)
def wizardlm2(*, parts: int = 3, times: int = 4, samples: int = 4, beta: float = 0.1) -> Stages:
    """Three stages a part. No number here is the authors': the page gives none."""
    goal = Objective(ability="instruction following", direction="feedback", metric="win rate")
    score = stub.WinRate(against="origin", role="judge")
    judge = stub.Judge(prompt="wizardlm2/judge", role="judge")
    quality = stub.Judge(prompt="wizardlm2/instruction", role="reward_model")
    process = stub.Judge(prompt="wizardlm2/process", role="process_reward_model")
    cycles = list[Cycle]()
    for part in range(parts):
        harder = (stub.Slice(part=part, of=parts), stub.Evolve(times=times))
        cycles += [
            Cycle(name=f"sft {part}", objective=goal, tasks=harder, solutions=solutions.Sample(), evaluation=score,
                  refinement=stub.Revise(prompt="wizardlm2/answer"), updating=updating.SFT()),
            Cycle(name=f"dpo {part}", objective=goal, tasks=harder, solutions=solutions.Sample(n=samples),
                  feedback=judge, refinement=stub.BestWorst(), updating=stub.DPO(beta=beta), evaluation=score),
            Cycle(name=f"rl {part}", objective=goal, tasks=harder, evaluation=score,
                  updating=stub.PPO(rewards=(quality, process))),
        ]  # fmt: skip
    return Stages(cycles=tuple(cycles))
