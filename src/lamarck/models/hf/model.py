"""A model of a Hugging Face folder as callers see it: what it is asked, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

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
from lamarck.core.protocols import Capability
from lamarck.models.hf import files, passes
from lamarck.models.hf.desk import Desk, Seat
from lamarck.models.hf.engine import Engine, Options
from lamarck.models.hf.passes import Said
from lamarck.models.hf.reader import Asked, Reader
from lamarck.models.hf.rows import Row
from lamarck.models.hf.trie import tree
from lamarck.models.pupil.chance import uniform
from lamarck.models.pupil.draws import Manner

IMPOSSIBLE = (float("-inf"),)
"""The score of a text that is longer than the model's positions."""


class HuggingFace:
    """A base, or a base with an adapter. Every sample depends on its own seed, up to the rounding of its batch."""

    capabilities: frozenset[Capability] = frozenset(
        {"generate", "chat", "n", "logprobs", "score", "distributions", "embed", "constrain", "train"}
    )

    def __init__(
        self, name: str, seat: Seat, desk: Desk, options: Options, adapters: Mapping[str, ModelRef] | None = None
    ) -> None:
        self.name = name
        self._seat, self._desk, self._options = seat, desk, options
        self._adapters = dict(adapters or {})
        self._reader = seat.reader
        self._positions = _positions(seat.folder)

    def wearing(self, adapters: Mapping[str, ModelRef]) -> HuggingFace:
        """The same model with named adapters that a request may ask for."""
        return HuggingFace(self.name, self._seat, self._desk, self._options, adapters)

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt as messages: by the folder's own `prompts.json`, else by the prompt's text.

        Raises: CapabilityError for a name that has neither.
        """
        return self._reader.render(prompt)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks.

        A prompt that leaves no room for an answer gives empty solutions that stopped by "length".
        """
        rows = [self._rows(request) for request in requests]
        by_seat = dict[Seat, list[Row]]()
        for request, mine in zip(requests, rows, strict=True):
            by_seat.setdefault(self._seated(request.adapter), []).extend(mine)
        for seat, some in by_seat.items():
            self._desk.draw(seat, some)
        pairs = zip(requests, rows, strict=True)
        return [[self._solution(row, request) for row in mine] for request, mine in pairs]

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Log-probability at temperature 1 of each token of each text and of its end mark, [texts][T]. Blocks.

        A text that does not fit in the model's positions has one value, minus infinity.
        """
        return self._passed(texts, passes.chances, IMPOSSIBLE)

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        """The k likeliest tokens at each token of each text and at its end, [texts][T]. Blocks."""

        def of(engine: Engine, said: Sequence[Said], reader: Reader) -> list[list[Mapping[str, float]]]:
            return passes.distributions(engine, said, reader, k)

        return self._passed(texts, of, [])

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """The mean of the last layer's vectors of each text, of unit length, [texts][D]. Blocks.

        A text that is longer than the model's positions is cut at its end.
        """
        if not texts:
            return []
        empty = self._reader.end if self._reader.end is not None else 0
        ids = [(self._reader.encode(text) or (empty,))[: self._positions] for text in texts]
        return self._desk.run(self._seat, lambda engine: passes.places(engine, ids))

    def count(self, text: str, /) -> int:
        """How many tokens a text has, marks of turns aside."""
        return len(self._reader.encode(text))

    def _passed(self, texts: Sequence[Continuation], of: Any, impossible: Any) -> list[Any]:
        found: list[Any] = [impossible] * len(texts)
        by_seat = dict[Seat, dict[int, Said]]()
        for place, one in enumerate(texts):
            asked = self._asked(one.prompt, one.system)
            ids = (*asked.ids, *self._reader.encode(one.text))
            if asked.ids and (self._positions is None or len(ids) <= self._positions):
                said = Said(ids=ids, read=len(asked.ids))
                by_seat.setdefault(self._seated(one.adapter), {})[place] = said
        for seat, some in by_seat.items():
            values = self._desk.run(seat, lambda engine, some=some: of(engine, list(some.values()), self._reader))
            found = [dict(zip(some, values, strict=True)).get(place, one) for place, one in enumerate(found)]
        return found

    def _seated(self, adapter: str) -> Seat:
        """Who answers where a request names an adapter. Raises: CapabilityError for one that is none."""
        if not adapter:
            return self._seat
        ref = self._adapters.get(adapter)
        if ref is None or not ref.folder or not files.is_adapter(Path(ref.folder)):
            known = ", ".join(sorted(self._adapters)) or "none"
            raise CapabilityError(f"{self.name} has no adapter '{adapter}' here; the learner's adapters: {known}")
        seat = self._seat
        return Seat(seat.digest, seat.folder, seat.reader, (*seat.adapters, Path(ref.folder)))

    def _asked(self, prompt: Prompt, system: str) -> Asked:
        asked = self._reader.asked(prompt, system)
        if asked.images:
            raise CapabilityError(f"{self.name}: texts after a picture have no score here")
        return asked

    def _rows(self, request: Request) -> list[Row]:
        """A request's samples, not yet begun; those without room are done."""
        if not request.seeds:
            return []
        asked, inputs = self._reader.asked(request.prompt, request.system), dict[str, Any]()
        ids = asked.ids
        if asked.images:
            paths = [image.path for image in asked.images]
            inputs = self._desk.run(self._seat, lambda engine: engine.pictured(self._reader, asked.words, paths))
            ids = tuple(cast("list[int]", inputs.pop("input_ids")[0].tolist()))
            inputs.pop("attention_mask", None)
        sampling, node = request.sampling, None
        manner = self._manner(sampling)
        if sampling.among:
            node = tree(self._reader.encode(text) for text in sampling.among)
            longest = max(len(self._reader.encode(text)) for text in sampling.among) + 1
            manner = Manner(temperature=sampling.temperature, max_tokens=longest)
        room = manner.max_tokens
        if self._positions is not None:
            room = min(room, self._positions - len(ids))
        manner = Manner(temperature=manner.temperature, top_k=manner.top_k, top_p=manner.top_p, max_tokens=max(0, room))
        noise: list[Sequence[float]] = [()] * len(request.seeds)
        if manner.temperature > 0 or node is not None:
            noise = cast("list[Sequence[float]]", uniform(request.seeds, max(1, room)).tolist())
        rows = [
            Row(ids=ids, manner=manner, noise=one, reader=self._reader, stop=sampling.stop, node=node, inputs=inputs)
            for one in noise
        ]
        for row in rows:
            if room <= 0 or not ids:
                row.done = "length"
        return rows

    def _manner(self, sampling: Sampling) -> Manner:
        """How to draw: what is not said is the model's own `generation_config.json`."""
        own = self._reader.defaults
        return Manner(
            temperature=sampling.temperature,
            top_k=sampling.top_k if sampling.top_k is not None else own.get("top_k") or None,
            top_p=sampling.top_p if sampling.top_p is not None else own.get("top_p"),
            max_tokens=sampling.max_tokens or int(own.get("max_new_tokens") or self._options.max_tokens),
        )

    def _solution(self, row: Row, request: Request) -> Solution:
        text, count = self._reader.decode(row.tokens), len(row.logprobs)
        at = min((found for found in map(text.find, request.sampling.stop) if found >= 0), default=None)
        if at is not None:
            text = text[:at]
            count = self._through(row.tokens, len(text))
        return Solution(
            messages=(Message(role="assistant", text=text, author=request.author),),
            author=request.author,
            logprobs=tuple(row.logprobs[:count]),
            usage=Usage(prompt=len(row.ids), completion=count),
            stop="stop" if at is not None or row.done == "stop" else "length",
        )

    def _through(self, tokens: Sequence[int], characters: int) -> int:
        """The fewest tokens whose text is at least so long."""
        low, high = 0, len(tokens)
        while low < high:
            middle = (low + high) // 2
            if len(self._reader.decode(tokens[:middle])) >= characters:
                high = middle
            else:
                low = middle + 1
        return low


def _positions(folder: Path) -> int | None:
    config = files.optional(folder, "config.json")
    for one in (config, config.get("text_config")):
        for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length"):
            found = cast("dict[str, Any]", one).get(name) if isinstance(one, dict) else None
            if isinstance(found, int) and found > 0:
                return found
    return None
