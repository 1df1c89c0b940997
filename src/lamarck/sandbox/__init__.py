"""Code that a model wrote runs here and nowhere else; what comes of it is judged outside.

    from lamarck.sandbox import Case, Program, Sandbox, Tests

    with Sandbox() as sandbox:                       # one for a run; many threads may use it
        sandbox.layers                               # what isolates; goes into the run folder and the report
        sandbox.run(Program(code=code, entry="add"), [Case(arguments=(1, 2), expected=3)])
        sandbox.test(Program(code=code, entry="add"), Tests(setup=prompt, code=check))       # HumanEval
        sandbox.test(Program(code=code, entry="add"), Tests(asserts=("assert add(1, 2) == 3",)))     # MBPP
        sandbox.project({"test_it.py": text}, ("python", "-m", "pytest"))      # shares a process: `self_graded`
        with sandbox.session() as session:           # an interpreter tool
            session.run("x = 1")

A :class:`Result` has an outcome: pass, fail, error, timeout, limit or rejected. Only ``fail``, ``timeout`` and
``limit`` speak about the program; ``error`` is the sandbox's own fault and is never a reward of 0.
"""

from lamarck.sandbox.sandbox import Sandbox
from lamarck.sandbox.types import (
    UNSET,
    Case,
    Check,
    Layers,
    Limits,
    Outcome,
    Program,
    Reply,
    Result,
    Runner,
    Session,
    Step,
    Tests,
    Trace,
)
from lamarck.sandbox.zygotes import SandboxFault

__all__ = [
    "UNSET",
    "Case",
    "Check",
    "Layers",
    "Limits",
    "Outcome",
    "Program",
    "Reply",
    "Result",
    "Runner",
    "Sandbox",
    "SandboxFault",
    "Session",
    "Step",
    "Tests",
    "Trace",
]
