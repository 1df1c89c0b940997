"""Samples that are computed together: rows join, step by step all say a token, rows leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from lamarck.models.hf.lean import Lean
from lamarck.models.hf.loading import Loaded
from lamarck.models.hf.rows import Row
from lamarck.models.hf.slots import Pair, Slots

READ = {"cpu": 1024, "cuda": 16384}
"""Tokens of prompts that are read in one pass."""


class Batch(Protocol):
    """What samples meet in."""

    rows: list[Row]
    """In the order of the logits."""

    def takes(self, waiting: Sequence[Row]) -> list[Row]:
        """Which of the waiting rows, first come first, could join now."""
        ...

    def join(self, rows: Sequence[Row], read: int) -> Tensor:
        """Read the rows' prompts, so many tokens at a time. Out: their logits (rows,V)."""
        ...

    def step(self) -> Tensor:
        """Read every row's last token. Out: their logits (rows,V)."""
        ...

    def leave(self, gone: Sequence[int]) -> None:
        """Take out the rows at these places."""
        ...


class Flowing:
    """Rows of any length, which join and leave at any step. Prompts that several rows share are read once."""

    def __init__(self, loaded: Loaded, *, added: bool, lean: Lean | None = None) -> None:
        """In: whether masks are ours, added to the scores, or made by transformers of ones and zeros; a step of ours
        instead of transformers'."""
        self.rows: list[Row] = []
        self.slots = Slots()
        self._loaded, self._added, self._lean = loaded, added, lean
        self._dtype = loaded.dtype

    def takes(self, waiting: Sequence[Row]) -> list[Row]:
        """Those without pictures."""
        return [row for row in waiting if not row.inputs]

    def join(self, rows: Sequence[Row], read: int) -> Tensor:
        """Logits in the order of ``rows``."""
        prompts = sorted(dict.fromkeys(row.said for row in rows), key=len, reverse=True)
        self.slots.expect(len(rows))
        found: dict[tuple[int, ...], Tensor] = {}
        for some in portions(prompts, read):
            pairs, logits = self._read(some)
            found.update(zip(some, logits, strict=True))
            places = {ids: place for place, ids in enumerate(some)}
            mine = [row for row in rows if row.said in places]
            self.slots.put(pairs, [places[row.said] for row in mine], [row.length for row in mine])
            self.rows += mine
        return torch.stack([found[row.said] for row in rows])

    def step(self) -> Tensor:
        """Logits in the order of ``self.rows``."""
        slots, loaded = self.slots, self._loaded
        slots.ready()
        ids = torch.tensor([row.tokens[-1] for row in self.rows], device=loaded.device)
        places = torch.tensor([slots.column - start for start in slots.starts], device=loaded.device)
        mask = slots.mask(self._dtype, loaded.device, added=self._added)
        if self._lean is not None:
            logits = self._lean.step(ids, places, slots, mask)
        else:
            given: dict[str, Any] = {"input_ids": ids[:, None], "attention_mask": mask}
            if "position_ids" in loaded.takes:
                given["position_ids"] = places[:, None]
            logits = loaded.module(**given, cache=slots, use_cache=True).logits[:, -1]
        slots.column += 1
        return logits

    def leave(self, gone: Sequence[int]) -> None:
        """The last rows take the places that are free."""
        if gone:
            self.rows = [self.rows[at] for at in self.slots.leave(gone)]

    def _read(self, prompts: Sequence[tuple[int, ...]]) -> tuple[Sequence[Pair], Sequence[Tensor]]:
        """One pass over prompts, shorter ones filled up behind their ends, where nothing looks."""
        loaded, longest = self._loaded, max(map(len, prompts))
        ids = torch.tensor([[*one, *[0] * (longest - len(one))] for one in prompts], device=loaded.device)
        if self._lean is not None:
            pairs, logits = self._lean.read(ids, torch.tensor([len(one) - 1 for one in prompts]))
            return pairs, list(logits)
        ends, cache = sorted({len(one) - 1 for one in prompts}), DynamicCache()
        given: dict[str, Any] = {"input_ids": ids, "cache": cache, "use_cache": True}
        if "logits_to_keep" in loaded.takes:
            given["logits_to_keep"] = torch.tensor(ends, device=loaded.device)
        else:
            ends = list(range(longest))
        logits = loaded.module(**given).logits
        at = {end: place for place, end in enumerate(ends)}
        pairs = [(layer.keys, layer.values) for layer in cast("list[Any]", cache.layers)]
        return pairs, [logits[row, at[len(one) - 1]] for row, one in enumerate(prompts)]


class Level:
    """Rows of one length, by transformers' own steps: for every architecture that generates, pictures included."""

    def __init__(self, loaded: Loaded) -> None:
        self.rows: list[Row] = []
        self._loaded = loaded
        self._ids = torch.zeros((0, 0), dtype=torch.long)
        self._given: dict[str, Any] = {}
        self._places: list[int] = []
        self._fixed = False

    def takes(self, waiting: Sequence[Row]) -> list[Row]:
        """Nobody where rows are at work; else those as long as the first, with the same pictures."""
        if self.rows or not waiting:
            return []
        first = waiting[0]
        same = [row for row in waiting if row.inputs is first.inputs or not (row.inputs or first.inputs)]
        return [row for row in same if row.length == first.length]

    def join(self, rows: Sequence[Row], read: int) -> Tensor:
        """Logits in the order of ``rows``, which were taken together."""
        loaded, module = self._loaded, self._loaded.module
        pictured = bool(rows[0].inputs)
        cache = DynamicCache(config=module.config) if "cache" in loaded.takes else None
        self._fixed = pictured or cache is None
        prompts = [row.said for row in rows] if self._fixed else list(dict.fromkeys(row.said for row in rows))
        self._ids = torch.tensor(prompts, device=loaded.device)
        self._given = {"attention_mask": torch.ones_like(self._ids), "use_cache": True}
        self._given |= {name: _times(value, len(rows)) for name, value in rows[0].inputs.items()}
        if cache is not None:
            self._given["cache"] = cache
        given = module.prepare_inputs_for_generation(self._ids, is_first_iteration=True, **self._given)
        logits = self._forward(given)
        places = {ids: place for place, ids in enumerate(prompts)}
        order = list(range(len(rows))) if self._fixed else [places[row.said] for row in rows]
        self.rows, self._places = list(rows), list(range(len(rows)))
        if order != self._places:
            self._pick(order)
        return logits[order]

    def step(self) -> Tensor:
        """Logits in the order of ``self.rows``."""
        last = torch.zeros((len(self._ids), 1), dtype=torch.long)
        for place, row in zip(self._places, self.rows, strict=True):
            last[place, 0] = row.tokens[-1]
        self._ids = torch.cat([self._ids, last.to(self._ids.device)], 1)
        given = self._loaded.module.prepare_inputs_for_generation(self._ids, next_sequence_length=1, **self._given)
        return self._forward(given)[self._places]

    def leave(self, gone: Sequence[int]) -> None:
        """Where the model keeps more than we can sort, rows that left are computed on, unheard."""
        if not gone:
            return
        left = [at for at in range(len(self.rows)) if at not in set(gone)]
        self.rows = [self.rows[at] for at in left]
        self._places = [self._places[at] for at in left]
        if not self.rows:
            self._given = {}
        elif not self._fixed:
            self._pick(self._places)
            self._places = list(range(len(self.rows)))

    def _forward(self, given: dict[str, Any]) -> Tensor:
        if "logits_to_keep" in self._loaded.takes:
            given["logits_to_keep"] = 1
        out = self._loaded.module(**given, return_dict=True)
        self._given = self._loaded.module._update_model_kwargs_for_generation(out, self._given)
        return out.logits[:, -1]

    def _pick(self, order: Sequence[int]) -> None:
        places = torch.tensor(order, device=self._ids.device)
        self._given["cache"].reorder_cache(places)
        self._ids = self._ids[places]
        self._given["attention_mask"] = self._given["attention_mask"][places]


def portions(prompts: Sequence[tuple[int, ...]], read: int) -> list[list[tuple[int, ...]]]:
    """Prompts, the longest first, in portions that fill at most so many tokens each, one prompt at least."""
    found = list[list[tuple[int, ...]]]()
    for one in prompts:
        if not found or len(found[-1][0]) * (len(found[-1]) + 1) > read:
            found.append([])
        found[-1].append(one)
    return found


def _times(value: Any, n: int) -> Any:
    return torch.cat([value] * n) if isinstance(value, Tensor) else value
