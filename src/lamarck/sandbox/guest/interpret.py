"""An interpreter that keeps its variables: blocks come in, what came of each goes out."""

from __future__ import annotations

import ast
import json
import os
from types import ModuleType
from typing import Any

from lamarck.sandbox.guest import confine
from lamarck.sandbox.guest.answers import Answers, fault, flush
from lamarck.sandbox.guest.calls import module, remember

LONGEST = 20_000
"""Characters of a value's text."""


def interpret(task: dict[str, Any], answers: Answers) -> None:
    """Runs the setup as block 0, then what comes, until nobody talks any more."""
    made = module("", "__main__", "<block 0>")
    _block(0, task["code"], made, answers)
    with os.fdopen(confine.INCOMING, "rb") as incoming:
        while True:
            try:
                line = incoming.readline()
            except KeyboardInterrupt:  # for a block that was done already
                continue
            if not line:
                return
            asked = json.loads(line)
            _block(asked["number"], asked["code"], made, answers)


def _block(number: int, code: str, made: ModuleType, answers: Answers) -> None:
    file = f"<block {number}>"
    remember(code, file)
    told: dict[str, Any] = {"value": ""}
    try:
        value = _run(code, file, made)
        if value is not None:
            told["value"] = repr(value)[:LONGEST]
            print(told["value"])
    except BaseException as error:
        told = {"raised": fault(error, file)}
    flush()
    try:
        answers.line(number=number, **told)
    except KeyboardInterrupt:
        answers.line(number=number, **told)


def _run(code: str, file: str, made: ModuleType) -> Any:
    """Runs a block; a last expression gives its value."""
    tree = ast.parse(code, file)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, file, "exec"), made.__dict__)
        return None
    tree.body.pop()
    exec(compile(tree, file, "exec"), made.__dict__)
    return eval(compile(ast.Expression(last.value), file, "eval"), made.__dict__)
