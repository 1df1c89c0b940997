"""The small model as callers see it: what it is asked in its own format, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import (
    CapabilityError,
    Continuation,
    Message,
    ModelRef,
    Prompt,
    Request,
    Sampling,
    Solution,
    Usage,
)
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.draws import Draw, Drawn, Manner, Said
from lamarck.models.pupil.joining import Joined, Piece, Pool

ANSWER = "lamarck.models.pupil.worker:answer"
"""Called in a worker process by name: importing it here would import torch."""
SCORE = "lamarck.models.pupil.worker:score"
"""The same for likelihoods."""
PLACE = "lamarck.models.pupil.worker:place"
"""The same for vectors."""
IMPOSSIBLE = (float("-inf"),)
"""The score of what the pupil could never write."""


class Pupil:
    """A small model with a format of its own, on the CPU. Every sample depends on its seed alone."""

    capabilities = frozenset({"generate", "n", "logprobs", "score", "embed", "train"})

    def __init__(self, model: ModelRef, pool: Pool) -> None:
        self.name = model.name
        self._folder = files.locate(model)
        self._prompts = files.read(self._folder, "prompts.json")
        self._longest = int(files.read(self._folder, "generation_config.json")["max_new_tokens"])
        self._positions = int(files.read(self._folder, "config.json")["max_position_embeddings"])
        self._workers = Joined(pool, str(self._folder), model.digest)

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt in the pupil's own format. Raises: CapabilityError for a name it lacks."""
        return (Message(role="user", text=files.render(self.name, self._prompts, prompt.name, prompt.fields)),)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks.

        A prompt with a character the pupil cannot read gives empty solutions that stopped by "error".
        """
        answers, pieces = [[_unread(request) for _ in request.seeds] for request in requests], dict[int, Piece]()
        for place, request in enumerate(requests):
            ids = self._asked(request.prompt, request.system)
            if ids is not None and request.seeds:
                draw = Draw(ids=ids, seeds=request.seeds)
                manner = self._manner(request.sampling)
                pieces[place] = Piece(
                    fn=ANSWER, content=draw, settings=(manner,), rows=len(draw.seeds), length=len(ids)
                )
        for place, found in zip(pieces, self._workers.work(list(pieces.values())), strict=True):
            read = pieces[place].length
            answers[place] = [_solution(drawn, requests[place], read) for drawn in found]
        return answers

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Log-probability at temperature 1 of each token of each text and of its end mark, [texts][T]. Blocks.

        What the pupil could never write after this prompt (a character it lacks, more tokens than it has
        positions) has probability zero: one value, minus infinity.
        """
        scores, pieces = [IMPOSSIBLE] * len(texts), dict[int, Piece]()
        for place, one in enumerate(texts):
            prompt, text = self._asked(one.prompt, one.system), _ids(one.text)
            if prompt is None or text is None or len(prompt) + len(text) > self._positions:
                continue
            said = Said(ids=(*prompt, *text), read=len(prompt))
            pieces[place] = Piece(fn=SCORE, content=said, length=len(said.ids))
        for place, found in zip(pieces, self._workers.work(list(pieces.values())), strict=True):
            scores[place] = found
        return scores

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """The mean of the last layer's vectors of each text, of unit length, [texts][D]. Blocks.

        Characters that the pupil cannot read are left out, and a text longer than its positions is cut at its end.
        """
        read = [(tuple(tokenizer.encode(tokenizer.legible(text))) or (tokenizer.EOS,)) for text in texts]
        pieces = [Piece(fn=PLACE, content=ids[: self._positions], length=len(ids)) for ids in read]
        return self._workers.work(pieces)

    def _asked(self, prompt: Prompt, system: str) -> tuple[int, ...] | None:
        """A prompt's tokens, None where it holds a character that the pupil cannot read."""
        if system:
            raise CapabilityError(f"{self.name} reads no system prompt; leave the learner's prompt empty")
        return _ids(self.render(prompt)[0].text)

    def _manner(self, sampling: Sampling) -> Manner:
        return Manner(
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens or self._longest,
        )


def _ids(text: str) -> tuple[int, ...] | None:
    try:
        return tuple(tokenizer.encode(text))
    except tokenizer.UnknownCharacter:
        return None


def _solution(drawn: Drawn, request: Request, read: int) -> Solution:
    text, tokens = tokenizer.decode(drawn.tokens), len(drawn.logprobs)
    at = min((found for found in map(text.find, request.sampling.stop) if found >= 0), default=None)
    if at is not None:
        text = text[:at]
        tokens = len(tokenizer.encode(text))
    return Solution(
        messages=(Message(role="assistant", text=text, author=request.author),),
        author=request.author,
        logprobs=drawn.logprobs[:tokens],
        usage=Usage(prompt=read, completion=tokens),
        stop="stop" if at is not None else drawn.stop,
    )


def _unread(request: Request) -> Solution:
    return Solution(
        messages=(Message(role="assistant", text="", author=request.author),), author=request.author, stop="error"
    )
