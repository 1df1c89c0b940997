"""An evaluator that runs programs itself, in OpenEvolve's shape: it and the program share a process in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lamarck.core import Feedback
from lamarck.environments.code.extract import code_of
from lamarck.sandbox import Limits, Runner

DRIVER = """import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("evaluator", "evaluator.py")
module = importlib.util.module_from_spec(spec)
sys.modules["evaluator"] = module
spec.loader.exec_module(module)
found = getattr(module, {name!r})("program.py")
found = getattr(found, "metrics", found)
print({mark!r} + json.dumps(found if not isinstance(found, dict) else {{str(k): v for k, v in found.items()}}))
"""
MARK = "lamarck-metrics "
SECONDS = 30.0


def evaluated(file: Path, function: str, text: str, runner: Runner) -> Any:
    """What a user's evaluator says of the program in a text. Raises: RuntimeError where the evaluator fails.

    Out: its metrics, or feedback where the program was ended. All of it is self-graded.
    """
    files: dict[str, str | bytes] = {
        "evaluator.py": file.read_text(encoding="utf-8"),
        "program.py": code_of(text),
        "driver.py": DRIVER.format(name=function, mark=MARK),
    }
    result = runner.project(files, ("python", "driver.py"), Limits(seconds=SECONDS))
    lines = [line for line in result.output.splitlines() if line.startswith(MARK)]
    if result.outcome in ("timeout", "limit"):
        return Feedback(passed=False, score=0.0, text=result.reason, source="own check")
    if not lines:
        raise RuntimeError(f"{result.reason}\n{result.output[-1000:]}")
    return json.loads(lines[-1].removeprefix(MARK))
