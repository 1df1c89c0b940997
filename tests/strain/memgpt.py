"""MemGPT: Towards LLMs as Operating Systems. Packer et al., 2023. arXiv:2310.08560.

The window is main memory, the rest is disk. The learner acts by function calls: it edits its core memory, searches
what was said, files and finds facts; when the window fills it is warned, then the oldest messages are summed up.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import evaluation, feedback, tasks


@recipe(
    paper="arXiv:2310.08560",
    place="solution: grounded; updating: external memory",
    ablations={"heartbeats": put("solutions.heartbeats", 0), "recall": put("solutions.page", 0)},
)
def memgpt(*, window: int = 8000, warn_at: float = 0.75, keep_last: int = 3, page: int = 5, rounds: int = 1) -> Cycle:
    """A task is one turn, a stream one dialogue over days. Each dialogue writes to an overlay of its own."""
    chat = stub.PagedChat(window=window, warn_at=warn_at, keep_last=keep_last, page=page)
    return Cycle(
        objective=Objective(ability="long conversation", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=chat,
        feedback=feedback.Verifier(),
        updating=(
            stub.RememberWrites(),  # what the dialogues filed, not what they said
            stub.AnswerWith(answer=chat),
        ),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
        transductive=True,
    )
