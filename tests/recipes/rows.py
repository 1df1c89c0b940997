"""What the test file of every row proves, said once: the mechanisms of a recipe are what makes it work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

from lamarck.recipes import load

Ran = TypeVar("Ran")
Off = tuple[str, ...]
"""The mechanisms that are off."""


def apart(*ablate: str) -> Off:
    """For rows that have no run in common: each invariant measures by itself."""
    return ablate


def proofs(
    recipe: str,
    ran: Callable[..., Ran],
    invariants: Mapping[str, Callable[[Ran], bool]],
    *,
    off: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> type:
    """The tests of a row: each invariant holds in the whole run, and fails with its mechanism off.

    In: ``ran("judge")`` is the run without that mechanism and ``ran()`` the whole one, cached, so that all tests of a
    file share them; invariants by ablation; ``off``: for a mechanism that no ablation takes away, the options of a run
    without it. Out: a class for pytest, ``TestRow = proofs(...)``.
    """

    class Row:
        @pytest.mark.parametrize("mechanism", invariants)
        def test_it_holds(self, mechanism: str):
            assert invariants[mechanism](ran())

        @pytest.mark.parametrize("mechanism", invariants)
        def test_it_fails_with_the_mechanism_off(self, mechanism: str):
            assert not invariants[mechanism](ran(**off[mechanism]) if mechanism in off else ran(mechanism))

        def test_every_ablation_has_its_invariant(self):
            assert set(load(recipe).ablations) == invariants.keys() - off.keys()

    return Row
