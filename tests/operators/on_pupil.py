"""Operators over a real small model, in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from lamarck.core import Context
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files
from lamarck.testing import context

BARE = "likelihood/bare"
GUESS = "selective_reflection_tuning/guess"
FORMS = {BARE: "=", GUESS: "{solution}="}
"""How the pupil is asked what it has not learned: by one sign, and by the solution with that sign."""


class Here:
    """A pool without processes."""

    workers = 1

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        done = Future[Any]()
        done.set_result(resolve_name(fn)(*args))
        return done


def taught(place: Path, forms: Mapping[str, str] = FORMS) -> Path:
    """A pupil's folder at this place that can be asked these prompts too."""
    shutil.copytree(files.locate(files.reference("listmachine")), place)
    known = json.loads((place / "prompts.json").read_text())
    (place / "prompts.json").write_text(json.dumps({**known, **forms}))
    return place


def on_pupil(folder: Path | None = None, **more: Any) -> Context:
    """A context whose learner is the pupil of a folder, None = the one that ships."""
    shelf = Shelf(Host(pool=Here(), environment="listmachine"))
    learner = shelf.learner(f"pupil/{folder or 'listmachine'}")
    return replace(context(**more), models=shelf, learners={"learner": learner}, learner=learner)
