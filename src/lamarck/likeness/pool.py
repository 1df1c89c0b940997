"""What the indexes over a pool have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Pool(Protocol):
    """Texts that later ones are compared with. Who comes first stays: the order of the texts matters."""

    def add(self, texts: Sequence[str], /) -> None:
        """These are members, whatever else is."""
        ...

    def sift(self, texts: Sequence[str], /) -> list[str]:
        """For each text "" where it is new, which makes it a member at once, or the reason why it is not."""
        ...
