"""The process behind a chat template: JSON lines in, JSON lines out, within bounds. Loads Jinja and nothing else."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    """`{% generation %}` marks what an assistant wrote; here it shows what stands in it."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The block's own content."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja as chat templates expect it: sandboxed, with what transformers gives them."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = _json
    known: dict[str, Any] = made.globals
    known["raise_exception"] = _refuse
    known["strftime_now"] = _now
    return made


def serve(memory: int) -> None:
    """Read the template, then render messages until the pipe is closed. In: bytes this process may take."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    first = json.loads(sys.stdin.readline())
    try:
        template, fault = environment().from_string(first["template"]), ""
    except (jinja2.TemplateError, RecursionError, MemoryError) as error:
        template, fault = None, _line(error)
    _answer({"text": ""})
    for line in sys.stdin:
        if template is None:
            _answer({"error": fault})
            continue
        try:
            text = template.render(json.loads(line))
        except Exception as error:  # the template's own doing, whatever it is
            _answer({"error": _line(error)})
            continue
        _answer({"text": text} if len(text) <= first["longest"] else {"error": "the text is too long"})


def _answer(content: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def _line(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it needs too much memory"
    return (str(error).strip() or repr(error)).splitlines()[0][:300]


def _json(value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, **other: Any) -> str:
    sort = bool(other.get("sort_keys", False))
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort)


def _now(form: str) -> str:
    return datetime.now().strftime(form)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _watch(parent: int) -> None:
    """End with the process that asks, whatever a template is busy with."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
