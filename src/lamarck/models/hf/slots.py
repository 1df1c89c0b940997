"""Keys and values of many samples side by side, each ending in the same column.

A row begins where its prompt's length puts it, so all rows write their next token into one column, whatever their
lengths: no row is padded with tokens, rows come and go at any step, and windows of attention lie where they should.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

STEP = 64
"""Columns that are added when there is no room left."""
CHUNK, WORTH = 16, 512
"""Rows of a chunk of attention; columns, over all its rows, that must be left out for it to pay a call of its own."""
Pair = tuple[Tensor, Tensor]
"""Keys and values of a layer, (rows, heads, columns, width) each."""


class _Layer(CacheLayerMixin):
    """One layer's part of the slots, as attention asks for it."""

    is_sliding = False

    def __init__(self, slots: Slots, keys: Tensor, values: Tensor) -> None:
        super().__init__()
        self._slots = slots
        self.keys: Tensor = keys  # pyright: ignore[reportIncompatibleVariableOverride]
        self.values: Tensor = values  # pyright: ignore[reportIncompatibleVariableOverride]
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing: rows bring their keys along."""

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> Pair:
        """Write the next column. Out: all that the open rows have said, from the first column in use."""
        slots, rows = self._slots, len(self._slots.starts)
        self.keys[:rows, :, slots.column] = key_states[:, :, 0]
        self.values[:rows, :, slots.column] = value_states[:, :, 0]
        span = slice(slots.first, slots.column + 1)
        return self.keys[:rows, :, span], self.values[:rows, :, span]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Columns that are looked at, and where they begin."""
        return self.get_seq_length() + query_length, 0

    def get_seq_length(self) -> int:
        """Columns in use."""
        return self._slots.column - self._slots.first

    def get_max_length(self) -> int:
        """No end."""
        return -1


class Slots(Cache):
    """transformers' cache over rows that come and go."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self.layers: list[_Layer] = []  # pyright: ignore[reportIncompatibleVariableOverride]
        self.starts: list[int] = []
        """Of each row, the column of its first token."""
        self.column = 0
        """That the next token is written into."""
        self._width = self._room = self._coming = 0

    @property
    def first(self) -> int:
        """The first column that any row uses."""
        return min(self.starts, default=self.column)

    @property
    def bytes_a_token(self) -> int:
        """What a token of one row takes in all layers, 0 before the first row."""
        pairs = [pair for layer in self.layers for pair in (layer.keys, layer.values)]
        return sum(one.shape[1] * one.shape[3] * one.element_size() for one in pairs)

    def expect(self, rows: int) -> None:
        """So many rows more will come soon: the next buffers have room for all."""
        self._coming = len(self.starts) + rows

    def put(self, layers: Sequence[Pair], places: Sequence[int], lengths: Sequence[int]) -> None:
        """Add rows. In: keys and values of prompts that begin at column 0, each new row's place there and length."""
        self._fit(layers, len(self.starts) + len(places), max(lengths))
        alike = dict[int, tuple[list[int], list[int]]]()
        for row, (place, length) in enumerate(zip(places, lengths, strict=True), len(self.starts)):
            rows, theirs = alike.setdefault(length, ([], []))
            rows.append(row)
            theirs.append(place)
        for layer, (keys, values) in zip(self.layers, layers, strict=True):
            for length, (rows, theirs) in alike.items():
                span = slice(self.column - length, self.column)
                layer.keys[rows, :, span] = keys[theirs, :, :length]
                layer.values[rows, :, span] = values[theirs, :, :length]
        self.starts += [self.column - length for length in lengths]

    def ready(self) -> None:
        """Make sure that the next column is there."""
        if self.column >= self._width:
            self._move(self.column - self.first, self._room)

    def leave(self, gone: Sequence[int]) -> list[int]:
        """Take rows out. Out: for each row that is left, the place that it had; the last ones fill the gaps."""
        left = len(self.starts) - len(gone)
        out = set(gone)
        fillers = [row for row in range(left, len(self.starts)) if row not in out]
        gaps = [row for row in sorted(out) if row < left]
        if gaps:
            span = slice(min(self.starts[row] for row in fillers), self.column)
            for layer in self.layers:
                layer.keys[gaps, :, span] = layer.keys[fillers, :, span]
                layer.values[gaps, :, span] = layer.values[fillers, :, span]
        order = list(range(left))
        for gap, filler in zip(gaps, fillers, strict=True):
            order[gap] = filler
        self.starts = [self.starts[row] for row in order]
        return order

    def chunks(self) -> list[tuple[int, int, int]]:
        """Rows side by side whose texts begin near each other: first row, row after the last, their first column."""
        rows, found = len(self.starts), list[tuple[int, int, int]]()
        for at in range(0, rows, CHUNK):
            end = min(at + CHUNK, rows)
            first = min(self.starts[at:end])
            if found:
                begin, before, theirs = found[-1]
                # together the later beginning is read from the earlier one on
                more = (end - at) * (first - theirs) if first > theirs else (before - begin) * (theirs - first)
                if more < WORTH:
                    found[-1] = (begin, end, min(first, theirs))
                    continue
            found.append((at, end, first))
        return found

    def mask(self, dtype: torch.dtype, device: torch.device, *, added: bool) -> Tensor | None:
        """What the next token may look at: None = everything, else added to scores (R,1,1,T) or 1 and 0 (R,T)."""
        first = self.first
        if all(start == first for start in self.starts):
            return None
        columns = torch.arange(first, self.column + 1, device=device)
        seen = columns >= torch.tensor(self.starts, device=device)[:, None]
        if not added:
            return seen.long()
        # the smallest number, not minus infinity: some kernels make nothing of a row of those
        low = torch.full((), torch.finfo(dtype).min, dtype=dtype, device=device)
        return torch.where(seen, torch.zeros((), dtype=dtype, device=device), low)[:, None, None]

    def _fit(self, layers: Sequence[Pair], rows: int, length: int) -> None:
        if not self.layers:
            self.layers = [_Layer(self, keys[:0], values[:0]) for keys, values in layers]
        if not self.starts:
            self.column = length
        used = self.column - self.first
        if rows > self._room or length > self.column or self.column >= self._width:
            self._move(max(used, length), max(rows, self._room, self._coming))

    def _move(self, column: int, room: int) -> None:
        """New buffers, in which the rows end at this column."""
        rows, first, old = len(self.starts), self.first, self.column
        self._room, self._width = room, column + STEP + column // 4
        for layer in self.layers:
            for name in ("keys", "values"):
                now: Tensor = getattr(layer, name)
                made = now.new_zeros((room, now.shape[1], self._width, now.shape[3]))
                if rows:
                    made[:rows, :, column - (old - first) : column] = now[:rows, :, first:old]
                setattr(layer, name, made)
        self.starts = [start + column - old for start in self.starts]
        self.column = column
