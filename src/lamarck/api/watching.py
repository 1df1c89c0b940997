"""The monitors of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lamarck.core import Edit, Monitor, unknown
from lamarck.data import texts
from lamarck.memory import NGrams
from lamarck.operators import feedback, refinement
from lamarck.store import RunInfo
from lamarck.trust.monitors import Collapse, Forgetting, Hacking, OverOptimised, Probes, Warned, read, shipped
from lamarck.trust.monitors.collapsing import WIDER
from lamarck.trust.monitors.hacking import AUDITOR

SHIPPED = "shipped"
KINDS = ("react", "warn", "off")
"""What is done about an alarm: what its monitor asks for, nothing; and no monitors at all."""


def monitors(kind: str = "react", probes: Sequence[str | Path] = ()) -> tuple[Monitor, ...]:
    """The standard monitors. In: files of safety probes; ``SHIPPED`` stands for those that come with the package.

    Probes are answers that somebody pays for, so that without a file there are none.

    Raises: UsageError for a kind there is not, or a row that is no probe.
    """
    if kind not in KINDS:
        raise unknown("kind of monitors", kind, KINDS, "type: --monitors react, --monitors warn or --monitors off")
    asked = [probe for path in probes for probe in (shipped() if str(path) == SHIPPED else read(Path(path)))]
    if kind == "off":
        return ()
    audit = feedback.Judge(prompt="self_rewarding/judge", role=AUDITOR, temperature=0.0, top_p=None)
    standard: tuple[Monitor, ...] = (
        Collapse(vectors=NGrams(), edits=(Edit(path="refinement", operator=refinement.Accumulate()), *WIDER)),
        Hacking(audit=audit),
        Forgetting(),
        OverOptimised(),
        *((Probes(probes=tuple(asked)),) if asked else ()),
    )
    return standard if kind == "react" else tuple(Warned(of=one) for one in standard)


def watched(info: RunInfo) -> tuple[Monitor, ...]:
    """The monitors of a run. Raises: UsageError as :func:`monitors`, and where a file of probes was changed."""
    return monitors(info.monitors, [mark if mark == SHIPPED else texts.unmarked(mark) for mark in info.probes])
