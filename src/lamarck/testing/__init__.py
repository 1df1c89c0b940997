"""Doubles for tests: a model that errs at a set rate, a small world, a trainer, a store, all deterministic."""

from lamarck.testing.doubles import context
from lamarck.testing.events import EventCorpus
from lamarck.testing.gate import PlainGate
from lamarck.testing.inline import Inline
from lamarck.testing.judges import BiasedJudge, ObedientJudge
from lamarck.testing.models import ScriptedModels
from lamarck.testing.scripted import Call, ScriptedModel
from lamarck.testing.store import MemoryStore
from lamarck.testing.toy import ToyEnvironment
from lamarck.testing.trainer import RecordingTrainer

__all__ = [
    "BiasedJudge",
    "Call",
    "EventCorpus",
    "Inline",
    "MemoryStore",
    "ObedientJudge",
    "PlainGate",
    "RecordingTrainer",
    "ScriptedModel",
    "ScriptedModels",
    "ToyEnvironment",
    "context",
]
