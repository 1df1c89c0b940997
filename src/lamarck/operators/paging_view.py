"""The prompt of a paged dialogue's next call, kept within the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamarck.core import Context, Learner, Prompt, Sampling, Usage, UsageError
from lamarck.operators.counting import tokens
from lamarck.operators.judging import guarded
from lamarck.operators.paging import ARCHIVE, RECALL, Desk, Note, cut, lines
from lamarck.operators.paging_calls import Function

if TYPE_CHECKING:
    from lamarck.operators.solutions.paged_chat import PagedChat

WARNING = "Your view is nearly full: the oldest messages leave it soon. Save now what must not be lost."
NOTHING = "(nothing yet)"
EXAMPLE = '{"call": "say", "text": "What you say to the user.", "again": false}'


@dataclass(frozen=True, kw_only=True)
class View:
    """What a dialogue's model sees."""

    how: PagedChat
    learner: Learner
    desk: Desk
    known: Mapping[str, Function]
    """Functions that it may call."""
    spent: Callable[[Usage], None]
    """Told what summaries cost."""

    def next(self, fields: Mapping[str, str], key: str, ctx: Context) -> Prompt:
        """The prompt of the next call: the oldest messages leave where it would not fit, after a warning.

        In: the task's own fields, and the key of the call's seeds. Raises: UsageError where nothing is left to leave.
        """
        prompt = self._shown(fields, key, ctx)
        if not self.desk.warned and self._size(prompt, ctx) > self.how.warn_at * self.how.window:
            self.desk.warned = True
            self.desk.hear("system", WARNING)
            prompt = self._shown(fields, key, ctx)
        folds = 0
        while not self._fits(prompt, ctx):
            leaving = self._oldest(ctx)
            if not leaving:
                raise self._narrow(self._size(prompt, ctx))
            self._fold(leaving, f"{key} summary {folds}", ctx)
            prompt, folds = self._shown(fields, key, ctx), folds + 1
        return prompt

    def _shown(self, fields: Mapping[str, str], key: str, ctx: Context) -> Prompt:
        desk, counts = self.desk, self.desk.counts
        stored = [f"{counts.get(ARCHIVE, 0)} texts in the archive"]
        stored += [f"{counts.get(RECALL, 0)} messages in recall"] if self.how.recall else []
        own = {
            **fields,
            "room": str(self.how.block),
            "stored": ", ".join(stored),
            "day": str(desk.day),
            "functions": "\n".join(one.line(name) for name, one in self.known.items()),
            "example": EXAMPLE,
        }
        core = "\n\n".join(f"{name}:\n{text or NOTHING}" for name, text in desk.blocks.items())
        seen = {"core": core or NOTHING, "summary": desk.summary or NOTHING, "queue": lines(desk.queue)}
        return guarded(self.how.prompt, own, ctx, key, **seen)

    def _oldest(self, ctx: Context) -> list[Note]:
        """What leaves next: where the last messages alone are too much for the window, all but one of them."""

        def size(text: str) -> int:
            return tokens(text, self.learner, ctx)

        return self.desk.oldest(self.how.keep_last, self.how.evict, size) or self.desk.oldest(1, self.how.evict, size)

    def _fold(self, leaving: Sequence[Note], key: str, ctx: Context) -> None:
        """Tell these messages in the summary, as many at a time as fit in a prompt, and let them go."""
        while leaving:
            n = len(leaving)
            prompt = self._summing(leaving, key, ctx)
            while n > 1 and not self._fits(prompt, ctx):
                n //= 2
                prompt = self._summing(leaving[:n], key, ctx)
            if not self._fits(prompt, ctx):
                raise self._narrow(self._size(prompt, ctx))
            sampling = Sampling(temperature=self.how.temperature, max_tokens=self.how.reply)
            reply = ctx.generate([prompt], [f"{key} {len(leaving)}"], role=self.learner, sampling=sampling)[0][0]
            self.spent(reply.usage)
            self.desk.fold(cut(reply.text.strip(), self.how.summary) or self.desk.summary, leaving[:n])
            leaving = leaving[n:]

    def _summing(self, leaving: Sequence[Note], key: str, ctx: Context) -> Prompt:
        own = {"longest": str(self.how.summary)}
        shown = {"summary": self.desk.summary or NOTHING, "leaving": lines(leaving)}
        return guarded(self.how.summary_prompt, own, ctx, key, **shown)

    def _fits(self, prompt: Prompt, ctx: Context) -> bool:
        return self._size(prompt, ctx) <= self.how.window - self.how.reply

    def _size(self, prompt: Prompt, ctx: Context) -> int:
        """Tokens of all that the model reads."""
        texts = [self.learner.prompt, *(message.text for message in ctx.render(prompt, self.learner))]
        return tokens("\n".join(filter(None, texts)), self.learner, ctx)

    def _narrow(self, size: int) -> UsageError:
        how = self.how
        return UsageError(
            f"PagedChat: {size} tokens must be seen at once, and a window of {how.window} has room for "
            f"{how.window - how.reply} beside the reply; give a larger window, or less to block={how.block}, "
            f"summary={how.summary} or result={how.result}"
        )
