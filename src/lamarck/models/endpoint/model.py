"""A model behind endpoints as operators see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from lamarck.core import (
    CapabilityError,
    Continuation,
    Message,
    Prompt,
    Request,
    Solution,
    UsageError,
)
from lamarck.core.protocols import Capability
from lamarck.models import text
from lamarck.models.endpoint.asking import Ask, chats, plain
from lamarck.models.endpoint.caller import Answer, Batch, Caller
from lamarck.models.endpoint.likelihood import likeliest, logprobs_of, shown
from lamarck.models.endpoint.target import Target

TEXTS = 64
"""Of one call for embeddings."""
PART = 64
"""Calls that are begun together."""
Probe = Callable[[], Set[Capability]]


class EndpointModel:
    """A model that is asked over HTTP. Every sample is a call of its own, with its own seed, recorded once."""

    def __init__(
        self,
        name: str,
        caller: Caller,
        route: Sequence[Target],
        probe: Probe,
        *,
        revision: str = "",
    ) -> None:
        """In: its endpoints in the order they are asked, and what finds out what it can do."""
        self.name, self._caller, self._route, self._probe = name, caller, tuple(route), probe
        self._revision = revision
        self._can: Set[Capability] | None = None

    @property
    def capabilities(self) -> Set[Capability]:
        """What it can do: tried out when first asked for. Never "train"."""
        if self._can is None:
            self._can = self._probe()
        return self._can

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt's text. Raises: CapabilityError where there is none."""
        return text.render(prompt, self.name)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks.

        A call that got no answer is a solution that stopped by "error". An answer that a fallback gave has that
        model's name as its author. Raises: PausedRun where nobody answers or the budget is spent.
        """
        begun, asks, some = list[tuple[Batch, list[Request]]](), list[Ask](), list[Request]()
        for request in requests:  # the first are on their way while the others are written
            asks += self._chats(request)
            some.append(request)
            if len(asks) >= PART:
                begun.append((self._caller.begin(asks, self._route), some))
                asks, some = [], []
        begun.append((self._caller.begin(asks, self._route), some))
        made = list[list[Solution]]()
        for batch, asked in begun:  # and read while the others are waited for
            answers = iter(self._caller.wait([batch]))
            made += [[self._solution(next(answers), request) for _ in request.seeds] for request in asked]
        return made

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Natural-log probability of each token of each text after its prompt as plain text, [texts][T]. Blocks.

        Differs: the end of a text has no entry, since completions do not tell it; no chat template is put around
        the prompt. Raises: CapabilityError where the server echoes no log-probabilities.
        """
        asked = [(*self._plain(one), one.text) for one in texts]
        return [logprobs_of(found, start, self.name) for found, start, _ in self._echoed(asked, 1)]

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        """The k likeliest tokens at each token of each text, [texts][T]. Blocks.

        Differs: as ``score``; a server may show fewer than k. Raises: CapabilityError where it shows none.
        """
        asked = [(*self._plain(one), one.text) for one in texts]
        return [likeliest(found, start, self.name) for found, start, _ in self._echoed(asked, k)]

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """A vector of unit length for each text, [texts][D]. Blocks. Raises: CapabilityError where it has none."""
        parts = [list(texts[at : at + TEXTS]) for at in range(0, len(texts), TEXTS)]
        asks = [plain("embedding", {"input": part}, self._model, self._revision, "embedding") for part in parts]
        answers = self._able(asks, "makes no embeddings; take hf/..., or an endpoint that does")
        return [_unit(row) for answer in answers for row in answer.record.data or ()]

    @property
    def _model(self) -> str:
        return self._route[0].model

    def _chats(self, request: Request) -> list[Ask]:
        if request.adapter:
            raise CapabilityError(f"{self.name} has no adapter '{request.adapter}' here; take hf/... or vllm/...")
        return chats(request, self.render(request.prompt), self._model, self._revision)

    def _solution(self, answer: Answer, request: Request) -> Solution:
        own = answer.answered == self._route[0].name
        return answer.record.solution(request.author if own else answer.answered, answer.seconds)

    def _plain(self, one: Continuation) -> tuple[str, int]:
        """Prompt and text as one, and where the text begins."""
        said = [one.system, *(message.text for message in self.render(one.prompt))]
        before = "\n\n".join(part for part in said if part) + "\n\n"
        return before + one.text, len(before)

    def _echoed(self, asked: Sequence[tuple[str, int, str]], k: int) -> list[tuple[Any, int, str]]:
        manner = {"max_tokens": 1, "temperature": 0.0, "echo": True, "logprobs": k}
        bodies = [{"prompt": whole, **manner} for whole, _, _ in asked]
        asks = [plain("completion", body, self._model, self._revision, "score") for body in bodies]
        answers = self._able(asks, "does not tell how likely a text is; take hf/..., vllm/... or pupil/...")
        pairs = zip(answers, asked, strict=True)
        return [(shown(answer.record, whole, self.name), start, said) for answer, (whole, start, said) in pairs]

    def _able(self, asks: Sequence[Ask], cannot: str) -> list[Answer]:
        try:
            answers = self._caller.ask(asks, self._route)
        except UsageError as error:
            raise CapabilityError(f"{self.name} {cannot} ({error})") from error
        if lost := next((answer for answer in answers if answer.record.stop == "error"), None):
            raise CapabilityError(f"{self.name} {cannot} ({lost.record.why})")
        return answers


def _unit(row: Sequence[float]) -> tuple[float, ...]:
    length = math.sqrt(math.fsum(x * x for x in row)) or 1.0
    return tuple(x / length for x in row)
