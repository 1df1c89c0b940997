"""Merging in data-flow space: layers of several models, unchanged, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from lamarck.core import Merge, UsageError
from lamarck.trainers.merging.files import Entry, Weights, assemble

LAYER = re.compile(r"^(.*\blayers\.)(\d+)(\..*)$")
OUTPUTS = re.compile(r"\.(self_attn\.o_proj|mlp\.down_proj)\.(weight|bias)$")
"""What a layer adds to the stream of hidden states comes out of these."""
PRE_NORM = ("llama", "mistral", "qwen2", "qwen3")
"""Kinds of models whose layers read the stream only through an RMS norm: there a scale can be folded."""


@dataclass(frozen=True, kw_only=True)
class _Step:
    source: int
    name: str
    """Of the tensor in its source."""
    divisor: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Flow:
    """An ordinary model of other depth: the path's layers, with embeddings, final norm and head of source 0.

    The paper multiplies the hidden state by a scale before a layer. A layer f that begins with an RMS norm does
    not see the scale of what it reads, so with c, the product of the scales up to a layer, c * (x + f(x) / c) is
    what the paper computes, and c itself vanishes in the final norm. So the output projections of each layer
    are divided by c, and the model needs no code of its own.
    Source: Akiba et al. 2024 (arXiv:2403.13187), section 3.2.
    Differs: the fold is exact only up to the norm's eps; a scale must be above 0, as the norm does not hide a sign.
    """

    plan: Merge
    sources: Sequence[Weights]

    def sizes(self) -> dict[str, int]:
        """Bytes of each tensor to be made. Raises: UsageError where a source lacks what the path names."""
        return {name: self._like(name, step).bytes for name, step in self._steps.items()}

    def tensor(self, name: str) -> Tensor:
        """The tensor as its source has it, bit for bit, but for folded scales and source 0's type."""
        step = self._steps[name]
        weights = self.sources[step.source]

        def block(rows: slice) -> Tensor:
            mine = weights.block(step.name, rows)
            return mine if step.divisor == 1 else mine.float() / step.divisor

        return assemble(self._like(name, step), block)

    def config(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Source 0's configuration at the new depth. Raises: UsageError where its kind cannot take scales."""
        path, kind = self.plan.path, str(given.get("model_type"))
        if kind not in PRE_NORM and any(hop.scale != 1 for hop in path):
            raise UsageError(f"scales can be folded into {', '.join(PRE_NORM)} models, not into {kind}; use scale 1")
        found = {**given, "num_hidden_layers": len(path)}
        if kinds := given.get("layer_types"):
            found["layer_types"] = [kinds[hop.layer] for hop in path]
        return found

    @cached_property
    def _steps(self) -> dict[str, _Step]:
        """New name -> what becomes it."""
        names = self.sources[0].entries
        outside = {name: _Step(source=0, name=name) for name in names if not LAYER.match(name)}
        parts = sorted((found[1], found[3]) for name in names if (found := LAYER.match(name)) and found[2] == "0")
        if not parts:
            raise UsageError(f"{self.sources[0].folder} has no tensors named ...layers.0..., so it has no path")
        inside, scale = dict[str, _Step](), 1.0
        for number, hop in enumerate(self.plan.path):
            scale *= hop.scale
            for before, after in parts:
                divisor = scale if OUTPUTS.search(after) else 1.0
                old = f"{before}{hop.layer}{after}"
                inside[f"{before}{number}{after}"] = _Step(source=hop.source, name=old, divisor=divisor)
        return {**outside, **inside}

    def _like(self, name: str, step: _Step) -> Entry:
        """What the new tensor must be like: source 0's of the same place in its first layer."""
        weights, found = self.sources[step.source], LAYER.match(name)
        like = self.sources[0].entries[f"{found[1]}0{found[3]}" if found else name]
        if step.name not in weights.entries:
            numbers = {int(other[2]) for each in weights.entries if (other := LAYER.match(each))}
            raise UsageError(
                f"{weights.folder} has no tensor {step.name}; it has layers 0 to {max(numbers, default=0)}"
            )
        entry = weights.entries[step.name]
        if entry.shape != like.shape:
            raise UsageError(f"{entry.file}: {step.name} is {entry.shape}, but {like.shape} in {like.file}")
        return like
