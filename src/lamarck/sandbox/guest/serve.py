"""The program's side of a test: its functions and objects, used from the process where the tests are."""

from __future__ import annotations

import operator
import signal
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, NoReturn

from lamarck.sandbox.guest import confine, values
from lamarck.sandbox.guest.answers import Answers, fault
from lamarck.sandbox.guest.calls import FILE, module, resolve
from lamarck.sandbox.guest.rpc import Peer, described


def _is_instance(kind: Any, value: Any) -> bool:
    return isinstance(value, kind)


def _enter(value: Any) -> Any:
    return value.__enter__()


def _leave(value: Any) -> None:
    value.__exit__(None, None, None)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "iter": iter,
    "next": next,
    "len": len,
    "repr": repr,
    "str": str,
    "bool": bool,
    "hash": hash,
    "get": getattr,
    "set": setattr,
    "item": operator.getitem,
    "put": operator.setitem,
    "drop": operator.delitem,
    "in": operator.contains,
    "isinstance": _is_instance,
    **{name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "abs")},
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "and_", "or_")},
    "enter": _enter,
    "leave": _leave,
}


class _Late(BaseException):
    """A call that took too long."""


class Program:
    """What the tests may do with it: everything that Python can, for all of it is the program's own."""

    def __init__(self, code: str, entry: str, seconds: float | None) -> None:
        self._code, self._entry, self._seconds = code, entry, seconds
        self._made: ModuleType | None = None

    def perform(self, do: str, on: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Loads the program, calls something, or does one of `OPERATIONS`."""
        if do == "load":
            return self._load()
        with _Timer(self._seconds):
            if do == "call":
                return on(*arguments, **keywords)
            return OPERATIONS[do](on, *arguments)

    def _load(self) -> dict[str, Any]:
        if self._made is None:
            made = module(self._code)
            exec(compile(self._code, FILE, "exec"), made.__dict__)
            self._made = made
        entry = resolve(self._made, self._entry) if self._entry else None
        names = {name: _told(value) for name, value in vars(self._made).items() if not name.startswith("__")}
        return {"names": {name: told for name, told in names.items() if _sendable(told)}, "entry": entry}

    def revive(self, fault: dict[str, Any]) -> BaseException:
        """An exception of a test's function that the program called back."""
        return RuntimeError(str(fault.get("message")))

    def keeps(self, value: Any) -> bool:
        """Everything it has may be named."""
        return True

    def handle(self, peer: Peer, name: int, kind: str) -> Any:
        """A function of the tests', to be called back."""

        def call(*arguments: Any) -> Any:
            return peer.ask("call", name, *arguments)

        return call


def _told(value: Any) -> Any:
    """How a global name of the program is told: its value, or what it is."""
    if isinstance(value, ModuleType):
        return ("module", value.__name__)
    if isinstance(value, type) and issubclass(value, BaseException):
        return ("exception", [kind.__name__ for kind in value.__mro__])
    return ("value", value)


def _sendable(told: Any) -> bool:
    try:
        values.dumps(told, lambda value: {"mine": [0, "object"]})
    except values.Unsendable:
        return False
    return True


class _Timer:
    """Raises in a call that takes too long; one that stops its own clock only hurts itself."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *error: object) -> None:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _late(number: int, frame: FrameType | None) -> NoReturn:
    raise _Late


def _described(error: BaseException) -> dict[str, Any]:
    if isinstance(error, _Late):
        error = TimeoutError("the call was not done in time")
    return {**described(error), "trace": fault(error, FILE)["trace"]}


def serve(task: dict[str, Any], answers: Answers) -> None:
    """Answers the tests until they are done."""
    signal.signal(signal.SIGALRM, _late)
    program = Program(task["code"], task["entry"], task["seconds"])
    Peer(confine.INCOMING, confine.OUTGOING, program, task["largest"], _described).serve()
