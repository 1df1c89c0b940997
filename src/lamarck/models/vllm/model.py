"""A model behind a vLLM server as callers see it. It is asked in tokens, the very ones that training shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lamarck.core import (
    CapabilityError,
    Continuation,
    Message,
    ModelRef,
    PausedRun,
    Prompt,
    Request,
    Solution,
    UsageError,
)
from lamarck.core.protocols import Capability
from lamarck.models.endpoint.asking import Ask
from lamarck.models.endpoint.caller import Answer, Caller
from lamarck.models.hf import files
from lamarck.models.pupil.draws import Manner
from lamarck.models.vllm.asking import likelihood, samples
from lamarck.models.vllm.fleet import Fleet
from lamarck.models.vllm.folders import Weights, called
from lamarck.models.vllm.options import Options
from lamarck.models.vllm.reading import chances, likeliest, solution
from lamarck.models.vllm.server import Server

if TYPE_CHECKING:
    from lamarck.models.hf.reader import Reader

T = TypeVar("T")
IMPOSSIBLE = (float("-inf"),)
"""The score of a text that is longer than the model's positions."""
Work = Callable[[Server], list[T]]


class Lost(Exception):
    """Some calls got no answer."""


class Vllm:
    """A whole model, or an adapter on one. Every sample is a call of its own, with its own seed, recorded once."""

    capabilities: frozenset[Capability] = frozenset(
        {"generate", "chat", "n", "logprobs", "score", "distributions", "constrain", "train"}
    )

    def __init__(
        self,
        name: str,
        weights: Weights,
        reader: Reader,
        fleet: Fleet,
        caller: Caller,
        options: Options,
        adapters: Mapping[str, ModelRef] | None = None,
    ) -> None:
        self.name, self._weights, self._reader = name, weights, reader
        self._fleet, self._caller, self._options = fleet, caller, options
        self._adapters = dict(adapters or {})

    def wearing(self, adapters: Mapping[str, ModelRef]) -> Vllm:
        """The same model with named adapters that a request may ask for."""
        return Vllm(self.name, self._weights, self._reader, self._fleet, self._caller, self._options, adapters)

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt as messages: by the folder's own `prompts.json`, else by the prompt's text.

        Raises: CapabilityError for a name that has neither.
        """
        return self._reader.render(prompt)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks.

        A prompt that leaves no room for an answer gives empty solutions that stopped by "length"; a call that got no
        answer one that stopped by "error". Raises: PausedRun, ServerFailed.
        """
        asked = [self._ids(request.prompt, request.system) for request in requests]
        worn = [request.adapter for request in requests]
        return self._served(worn, lambda server: self._drawn(server, requests, asked))

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Log-probability at temperature 1 of each token of each text and of its end mark, [texts][T]. Blocks.

        A text that does not fit in the model's positions has one value, minus infinity.
        """

        def of(answer: Answer, read: int, length: int) -> tuple[float, ...]:
            return chances(answer, read, length, self.name)

        return self._read(texts, 0, of, IMPOSSIBLE)

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        """The k likeliest tokens at each token of each text and at its end, [texts][T]. Blocks.

        Raises: CapabilityError for more than the server shows.
        """
        if not self._weights.url and k > self._options.logprobs:
            raise CapabilityError(
                f"{self.name} shows {self._options.logprobs} tokens at most, not {k}; give --vllm logprobs={k}"
            )

        def of(answer: Answer, read: int, length: int) -> list[Mapping[str, float]]:
            return likeliest(answer, read, length, k, self._reader, self.name)

        return self._read(texts, k, of, [])

    def _drawn(
        self, server: Server, requests: Sequence[Request], asked: Sequence[tuple[int, ...]]
    ) -> list[list[Solution]]:
        asks, mosts = list[list[Ask]](), list[int]()
        for request, ids in zip(requests, asked, strict=True):
            most = self._most(request, server, len(ids))
            manner = self._manner(request, most)
            version = self._version(request.adapter, server)
            mosts.append(most)
            ends, base, able = self._reader.ends, self._weights.digest, most > 0 and bool(ids)
            asks.append(samples(request, ids, manner, ends, version, base) if able else [])
        answers = iter(self._answers(server, [ask for each in asks for ask in each]))
        made = list[list[Solution]]()
        for each, request, most in zip(asks, requests, mosts, strict=True):
            own = [solution(next(answers), request, self._reader, most) for _ in each]
            made.append(own or [_without_room(request)] * len(request.seeds))
        return made

    def _read(
        self, texts: Sequence[Continuation], k: int, of: Callable[[Answer, int, int], T], impossible: T
    ) -> list[T]:
        spans = [self._whole(one) for one in texts]

        def work(server: Server) -> list[T]:
            # the server adds a token of its own after what it is shown
            fits = [read > 0 and len(ids) < (server.positions or len(ids) + 1) for ids, read in spans]
            chosen = [at for at, one in enumerate(fits) if one]
            base = self._weights.digest
            asks = [likelihood(spans[at][0], k, self._version(texts[at].adapter, server), base) for at in chosen]
            found = [impossible] * len(texts)
            for at, answer in zip(chosen, self._answers(server, asks, whole=True), strict=True):
                ids, read = spans[at]
                found[at] = of(answer, read, len(ids))
            return found

        return self._served([one.adapter for one in texts], work)

    def _whole(self, one: Continuation) -> tuple[tuple[int, ...], int]:
        """A prompt, the text after it and the end mark as tokens, and how many of them are the prompt's."""
        asked = self._ids(one.prompt, one.system)
        end = () if self._reader.end is None else (self._reader.end,)
        return (*asked, *self._reader.encode(one.text), *end), len(asked)

    def _ids(self, prompt: Prompt, system: str) -> tuple[int, ...]:
        asked = self._reader.asked(prompt, system)
        if asked.images:
            raise CapabilityError(f"{self.name} is asked in tokens and sees no pictures; take hf/... or openai/...")
        return asked.ids

    def _served(self, adapters: Sequence[str], work: Work[T]) -> list[T]:
        """What work makes of a server; done again with a new one where it ended under the work."""
        worn, again = self._worn(adapters), True
        while True:
            with self._fleet.lease(self._weights.base) as server:
                try:
                    with server.wearing(worn):
                        return work(server)
                except (PausedRun, Lost):
                    if not server.lost():
                        raise
                except UsageError:
                    # somebody else's server may have been started anew, without our adapters
                    if server.process or not again or not server.renewed([name for name, _ in worn]):
                        raise
                    again = False

    def _answers(self, server: Server, asks: Sequence[Ask], *, whole: bool = False) -> list[Answer]:
        """In: whether each must be answered. Raises: Lost where the server has ended; CapabilityError."""
        answers = self._caller.ask(asks, [server.target])
        lost = next((answer for answer in answers if answer.record.stop == "error"), None)
        if lost and server.lost():
            raise Lost
        if lost and whole:
            raise CapabilityError(f"{self.name} does not tell how likely a text is ({lost.record.why})")
        return answers

    def _worn(self, adapters: Sequence[str]) -> list[tuple[str, Path]]:
        """The adapters of these names, as servers call them, with their folders; "" is the learner's own weights."""
        found = dict[str, Path]()
        for name in dict.fromkeys(adapters):
            if name:
                ref = self._adapters.get(name)
                if ref is None or not ref.folder or not files.is_adapter(Path(ref.folder)):
                    known = ", ".join(sorted(self._adapters)) or "none"
                    raise CapabilityError(f"{self.name} has no adapter '{name}' here; the learner's adapters: {known}")
                if self._weights.adapter:
                    raise CapabilityError(
                        f"{self.name} is an adapter itself, and vLLM wears one at a time; take hf/..., "
                        "or write it into its base first: lamarck export"
                    )
                found[called(ref.digest)] = Path(ref.folder)
            elif self._weights.adapter:
                found[self._weights.version] = self._weights.adapter
        return list(found.items())

    def _version(self, adapter: str, server: Server) -> str:
        """The server's name of who answers."""
        if adapter:
            return called(self._adapters[adapter].digest)
        return self._weights.version if self._weights.adapter else server.name

    def _most(self, request: Request, server: Server, read: int) -> int:
        sampling, own = request.sampling, self._reader.defaults
        most = sampling.max_tokens or int(own.get("max_new_tokens") or self._options.max_tokens)
        if sampling.among:
            most = max(len(self._reader.encode(text)) for text in sampling.among) + 1
        return most if server.positions is None else min(most, server.positions - read)

    def _manner(self, request: Request, most: int) -> Manner:
        """How to draw: what is not said is the model's own `generation_config.json`."""
        sampling, own = request.sampling, self._reader.defaults
        if sampling.among:
            return Manner(temperature=sampling.temperature, max_tokens=most)
        return Manner(
            temperature=sampling.temperature,
            top_k=sampling.top_k if sampling.top_k is not None else own.get("top_k") or None,
            top_p=sampling.top_p if sampling.top_p is not None else own.get("top_p"),
            max_tokens=most,
        )


def _without_room(request: Request) -> Solution:
    message = Message(role="assistant", text="", author=request.author)
    return Solution(messages=(message,), author=request.author, stop="length")
