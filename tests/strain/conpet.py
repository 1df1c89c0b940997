"""ConPET: Continual Parameter-Efficient Tuning for Large Language Models. Song et al., 2023. arXiv:2309.14763.

Label sets come one after the other. For each: a small selector learns from a few stored samples of all sets so far,
and an adapter of its own learns this set. The selector decides which adapters may answer; old ones stay frozen.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, put, recipe
from lamarck.operators import evaluation, tasks


@recipe(
    paper="arXiv:2309.14763",
    place="updating: architecture (decomposition)",
    labels="train",
    ablations={"replay": put("tasks.per_class", 0)},
)
def conpet(
    *, label_sets: tuple[str, ...], stored: int = 50, rank: int = 4, lr: float = 5e-4, epochs: float = 10
) -> Stages:
    """Two stages a label set, cost independent of their number. 50 stored a class, of the paper's 20-100."""
    cycles = list[Cycle]()
    for name in label_sets:
        goal = Objective(ability="classification", direction="knowledge", metric="greedy", node=name)
        expert = Cycle(
            name=name,
            objective=goal,
            tasks=tasks.Dataset(split="practice"),
            solutions=stub.Labelled(),
            updating=stub.SFT(adapter=name, rank=rank, lr=lr, epochs=epochs),
            gated=False,
        )
        known = tuple(stub.Earlier(stage=seen, per_class=stored) for seen in label_sets[: len(cycles) // 2 + 1])
        selector = Cycle(
            name=f"selector {name}",
            objective=goal,
            tasks=known,
            updating=(stub.SFT(adapter="selector", rank=rank, lr=lr), stub.AnswerWith(answer=stub.Route(top=1))),
            evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        )
        cycles += [expert, selector]
    return Stages(cycles=tuple(cycles))
