"""What a worker process does for the provider. Needs torch, so the main process calls it by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.draws import Draw, Drawn, Manner, Said
from lamarck.models.pupil.folder import load
from lamarck.models.pupil.placer import places
from lamarck.models.pupil.ratings import numbers
from lamarck.models.pupil.sampler import sample
from lamarck.models.pupil.scorer import chances


def answer(folder: str, digest: str, draws: Sequence[Draw], manner: Manner) -> list[list[Drawn]]:
    """Samples of each draw from the model in `folder`, whose content `digest` names."""
    return sample(_decoder(folder, digest), draws, manner)


def score(folder: str, digest: str, texts: Sequence[Said]) -> list[tuple[float, ...]]:
    """Log-probabilities of each text's tokens and its end mark under the model in `folder`."""
    return chances(_decoder(folder, digest), texts)


def place(folder: str, digest: str, texts: Sequence[tuple[int, ...]]) -> list[tuple[float, ...]]:
    """Vectors of texts, given as tokens, by the model in `folder`."""
    return places(_decoder(folder, digest), texts)


def rate(folder: str, digest: str, texts: Sequence[tuple[int, ...]]) -> list[float]:
    """Numbers of texts, given as tokens, by the model in `folder`, whose head rates."""
    return numbers(_decoder(folder, digest), texts)


@lru_cache(maxsize=4)
def _decoder(folder: str, _digest: str) -> Decoder:
    return Decoder(load(Path(folder)))
