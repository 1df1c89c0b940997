"""A solution written anew with what was wrong in view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Prompt, Sampling, Scope
from lamarck.operators.inventing import origin, words

TRIES = "tries"
"""The field that holds the tries so far; it travels in ``Experience.asked``."""
NOTHING = "(nothing was said)"


@dataclass(frozen=True, kw_only=True)
class Revise:
    """Let a role rewrite each solution, with what was said of it and all earlier tries in view.

    In: experiences with a solution, with or without feedback. Out: the same ones with the new solution and without
    feedback, which was the old one's. A reply that is empty or was cut off leaves the experience as it was. Training
    shows the task's own prompt: what was said and shown here is not kept.
    Source: the revision of Constitutional AI (arXiv:2212.08073), section 3.1; with the answer shown, SciGLM
    (arXiv:2401.07950), section 3.2. Differs: one prompt shows all tries in place of a growing dialogue.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution"}

    prompt: str
    """Name of a prompt. Its fields: the task's own, "task" (its words), "solution" (the last try), "feedback" (what was
    said of it) and "tries" (all tries in order, each with what was said)."""
    role: str = "learner"
    after: str = ""
    """What stands in a reply up to the last such mark is reflection and is not kept; without the mark all is."""
    reveal: bool = False
    """Show the reference as the prompt's field ``answer``."""
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance."""
        more = {"reference"} if self.reveal else set[str]()
        object.__setattr__(self, "reads", frozenset({"solution"} | more))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: as many experiences, less those without a solution."""
        out: Batch = []
        for e in batch:
            if e.solution is None:
                ctx.drop(e, "no solution")
            else:
                out.append(self._revised(e, e.solution.text, ctx))
        return out

    def _revised(self, e: Experience, text: str, ctx: Context) -> Experience:
        author, heard = ctx.role(self.role), (e.feedback.text if e.feedback else "") or NOTHING
        before = e.asked.fields.get(TRIES, "") if e.asked else ""
        number = before.count("\nWhat was said of try ") + 1
        tries = f"{before}\n\nTry {number}:\n{text}\n\nWhat was said of try {number}:\n{heard}".strip()
        shown = {"answer": e.task.reference.read()} if self.reveal and e.task.reference else {}
        fields = {**e.task.fields, "task": words(e.task), "solution": text, "feedback": heard, TRIES: tries, **shown}
        asked = Prompt(name=self.prompt, fields=fields)
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        key = f"{e.id}.{number}"
        reply = ctx.generate([asked], [key], role=author, sampling=sampling)[0][0]
        kept = reply.text.rpartition(self.after)[2].strip() if self.after else reply.text
        if reply.stop != "stop" or not kept.strip():
            return e
        if kept != reply.text:
            last = replace(reply.messages[-1], text=kept)
            reply = replace(reply, messages=(*reply.messages[:-1], last), logprobs=())
        made_by = origin(ctx, author, key, self.temperature)
        return replace(e, solution=reply, feedback=None, asked=asked, origin=made_by)
