"""Monitors: what is watched from round to round, and what is done where it goes wrong."""

from lamarck.trust.monitors.asking import KINDS, Probe, read, shipped
from lamarck.trust.monitors.collapsing import Collapse, remade
from lamarck.trust.monitors.figures import (
    HASH,
    NARROWED,
    OPINIONS,
    WIDE,
    Vitals,
    collapse,
    common,
    distinct,
    entropy,
    passing,
    real,
    vitals,
)
from lamarck.trust.monitors.forgetting import Forgetting
from lamarck.trust.monitors.hacking import Hacking
from lamarck.trust.monitors.overoptimised import OverOptimised
from lamarck.trust.monitors.phrases import Search
from lamarck.trust.monitors.probing import Probes
from lamarck.trust.monitors.warned import Warned

__all__ = [
    "HASH",
    "KINDS",
    "NARROWED",
    "OPINIONS",
    "WIDE",
    "Collapse",
    "Forgetting",
    "Hacking",
    "OverOptimised",
    "Probe",
    "Probes",
    "Search",
    "Vitals",
    "Warned",
    "collapse",
    "common",
    "distinct",
    "entropy",
    "passing",
    "read",
    "real",
    "remade",
    "shipped",
    "vitals",
]
