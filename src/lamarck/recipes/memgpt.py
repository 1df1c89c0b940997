"""MemGPT: Towards LLMs as Operating Systems. Packer et al., 2023. arXiv:2310.08560.

A dialogue outlives the model's window. The model sees core memory, a summary and the latest messages; everything else
lies in stores that it writes and searches itself, by function calls that it may chain before it answers.
"""

from lamarck.core import Change, Cycle, Objective, put, recipe, together, without
from lamarck.operators import evaluation, feedback, solutions, tasks, updating


def _chat(field: str, value: object) -> Change:
    return together(*(put(f"{at}.{field}", value) for at in ("solutions", "updating.AnswerWith.answer")))


@recipe(
    paper="arXiv:2310.08560",
    place="solution: grounded; updating: external memory",
    ablations={
        "recall": _chat("recall", False),
        "heartbeats": _chat("heartbeats", 0),
        "core": _chat("blocks", ()),
        "warning": _chat("warn_at", 1.0),
        "remember": without("updating.Remember"),
    },
)
def memgpt(*, rounds: int = 1, window: int = 8192, reply: int = 1024, heartbeats: int = 10) -> Cycle:
    """A round goes through every practice dialogue once; ``window`` and ``reply`` are the model's, in tokens.

    Differs: what a dialogue stores is committed at the end of the round and passes the gate with the way of answering.
    Evaluation goes on with the streams that it meets again, or meets new ones whole. ``heartbeats`` is not the paper's.
    """
    chat = solutions.PagedChat(window=window, reply=reply, heartbeats=heartbeats)
    return Cycle(
        objective=Objective(ability="long dialogues", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=chat,
        feedback=feedback.Verifier(),
        updating=(updating.Remember(source="writes", kind=""), updating.AnswerWith(answer=chat)),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
    )
