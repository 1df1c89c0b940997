"""Talk over days with a window that never holds it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope, UsageError
from lamarck.operators.paging_talk import Talk


@dataclass(frozen=True, kw_only=True)
class PagedChat:
    """Answer a dialogue's tasks in order by function calls over core memory, a message queue, recall and archive.

    In: the experiences of one stream; a task is a session, each of its user's turns that waits gets an answer. Out: the
    same ones with a solution (calls, results, and last what was said) and ``writes``, what the dialogue stored
    meanwhile: every message, what was filed, and at its end core memory and summary. Memory is read through a session
    of the stream, so what ``updating.Remember(source="writes")`` commits is there when the stream goes on. No prompt
    has more than ``window`` less ``reply`` tokens: by the model's tokenizer where it shows one (hf/...), otherwise 3
    characters count as a token. Errors go back to the model as results. Raises: UsageError where the window is too
    small for core memory and one message; where the run keeps no memory.
    Source: MemGPT (arXiv:2310.08560), section 2; numbers of the released code. Differs: a call is JSON in the reply's
    text, not an endpoint's function call; a reply without any is said as it stands; an entry of the archive that is
    about the same thing takes the older one's place; the user's turn under way is never evicted; a later round begins
    with core memory, summary and stores and an empty queue.
    """

    scope: ClassVar[Scope] = "stream"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution", "writes"}

    prompt: str = "memgpt/turn"
    """Its fields: the task's own, "core", "room", "stored", "summary", "day", "queue", "functions", "example",
    "fence"."""
    summary_prompt: str = "memgpt/summary"
    """Its fields: "summary", "leaving", "longest", "fence"."""
    window: int = 8192
    """Tokens that the model reads and writes at once."""
    reply: int = 1024
    """Of them for its reply."""
    warn_at: float = 0.75
    """Share of the window from which on the model is told to save what it needs; 1 = never."""
    evict: float = 0.75
    """Share of the queue that leaves a full window."""
    keep_last: int = 3
    """Messages that stay, however full it is, as long as they fit."""
    page: int = 5
    """Entries of one page of a search."""
    heartbeats: int = 10
    """Further calls of one turn, errors included."""
    blocks: tuple[str, ...] = ("persona", "human")
    """Core memory: what it holds is always in view."""
    block: int = 2000
    """Characters of a block."""
    result: int = 3000
    """Characters of a result, and of any message in the queue; recall has all of it."""
    summary: int = 1000
    """Characters of the running summary."""
    recall: bool = True
    """Whether messages are stored and can be searched."""
    temperature: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no dialogue could follow."""
        least = {"reply": 1, "keep_last": 1, "page": 1, "heartbeats": 0, "block": 1, "result": 100, "summary": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UsageError(f"PagedChat has {name}={getattr(self, name)}; give at least {low}")
        if self.window <= self.reply:
            raise UsageError(f"PagedChat has window={self.window} and reply={self.reply}; give a larger window")
        for name in ("warn_at", "evict"):
            if not 0 < getattr(self, name) <= 1:
                raise UsageError(f"PagedChat has {name}={getattr(self, name)}; give a share above 0, at most 1")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: an answer each; several samples are so many dialogues that know nothing of each other."""
        talks: dict[int, Batch] = {}
        for experience in batch:
            talks.setdefault(experience.sample, []).append(experience)
        answered = {e.id: e for talk in talks.values() for e in Talk(self, talk, ctx).held()}
        return [answered[experience.id] for experience in batch]
