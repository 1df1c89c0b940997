"""Which way of batching a model bears, found out by trying: each must say what a plain pass over a text says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import torch
from torch import Tensor

from lamarck.core import CapabilityError
from lamarck.models.hf import lean
from lamarck.models.hf.batch import Batch, Flowing, Level
from lamarck.models.hf.loading import Loaded
from lamarck.models.hf.rows import Row
from lamarck.models.pupil.draws import Manner

Kind = Literal["lean", "added", "ones", "level"]
"""A step of ours; rows of any length with masks added to scores, the same with masks of ones, rows of one length."""
LENGTHS = (9, 4, 9)
STEPS = 3


def kind_of(loaded: Loaded) -> tuple[Kind, int]:
    """The fastest way that is right, and the bytes that a token of one sample takes. Raises: CapabilityError."""
    size = int(loaded.module.get_input_embeddings().weight.shape[0])
    source = torch.Generator().manual_seed(0)
    texts = [cast("list[int]", torch.randint(0, size, (n + STEPS,), generator=source).tolist()) for n in LENGTHS]
    kinds: tuple[Kind, ...] = ("ones", "level") if loaded.windowed else ("added", "ones", "level")
    kinds = ("lean", *kinds) if lean.fits(loaded) else kinds
    faults = list[str]()
    with torch.inference_mode():
        wanted = [_plain(loaded, text) for text in texts]
        for kind in kinds:
            try:
                batch = batch_of(kind, loaded)
                fits = (
                    all(_agrees(loaded, batch, [texts[at]], [wanted[at]]) for at in range(len(texts)))
                    if (kind == "level")
                    else _agrees(loaded, batch, texts, wanted)
                )
            except torch.cuda.OutOfMemoryError:
                raise
            except Exception as error:  # an architecture may refuse in any way
                faults.append(f"{type(error).__name__}: {(str(error) or 'no word').splitlines()[0][:120]}")
                continue
            if fits:
                return kind, batch.slots.bytes_a_token if isinstance(batch, Flowing) else _estimate(loaded)
    why = faults[-1] if faults else "it says something else when it reads a text piece by piece"
    raise CapabilityError(f"{loaded.folder}: {loaded.module.config.model_type} cannot be sampled here ({why})")


def batch_of(kind: Kind, loaded: Loaded) -> Batch:
    """An empty batch of a kind."""
    if kind == "level":
        return Level(loaded)
    return Flowing(loaded, added=kind != "ones", lean=lean.Lean(loaded) if kind == "lean" else None)


def _plain(loaded: Loaded, text: list[int]) -> Tensor:
    return loaded.module(input_ids=torch.tensor([text], device=loaded.device), use_cache=False).logits[0]


def _agrees(loaded: Loaded, batch: Batch, texts: Sequence[list[int]], wanted: Sequence[Tensor]) -> bool:
    """Whether the batch's logits are those of a plain pass: on joining, while all are there, after one has left."""
    rows = [_row(text[:-STEPS]) for text in texts]
    whole = {id(row): (text, logits) for row, text, logits in zip(rows, texts, wanted, strict=True)}
    order, found = rows, batch.join(rows, 4096)
    for step in range(STEPS):
        for row, logits in zip(order, found, strict=True):
            text, plain = whole[id(row)]
            if not _close(loaded, logits, plain[row.length - 1]):
                return False
            row.tokens.append(text[row.length])
        if step == 1 and len(batch.rows) > 1:
            batch.leave([batch.rows.index(rows[0])])
        order, found = list(batch.rows), batch.step()
    batch.leave(range(len(batch.rows)))
    return True


def _close(loaded: Loaded, found: Tensor, wanted: Tensor) -> bool:
    most = 1e-4 if loaded.dtype == torch.float32 else 0.1
    apart = (found.float() - wanted.float()).abs().max()
    return bool(apart <= most * wanted.float().std().clamp_min(1e-6))


def _row(ids: Sequence[int]) -> Row:
    return Row(ids=tuple(ids), manner=Manner(temperature=0.0, max_tokens=STEPS + 1), noise=(), reader=None)  # type: ignore[arg-type]


def _estimate(loaded: Loaded) -> int:
    text = loaded.module.config.get_text_config()
    layers, width = getattr(text, "num_hidden_layers", 1), getattr(text, "hidden_size", 1)
    return 2 * int(layers) * int(width) * loaded.dtype.itemsize
