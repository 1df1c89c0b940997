"""Two processes that use each other's objects. Data goes over as a copy; what is no data stays and is named.

One line of JSON for each request and each reply. Whoever waits for a reply answers requests meanwhile, so a function
that was given to the other side can be called back.
"""

from __future__ import annotations

import builtins
import json
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, cast

from lamarck.sandbox.guest import values

CHUNK = 1 << 16
Describe = Callable[[BaseException], "dict[str, Any]"]


class Gone(Exception):
    """The other side ended."""


class Service(Protocol):
    """What a side lets the other one do, and what it makes of the other one's objects."""

    def perform(self, do: str, on: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """One request. What it raises is told to the other side."""
        ...

    def revive(self, fault: dict[str, Any]) -> BaseException:
        """An exception of the other side's, to be raised here."""
        ...

    def keeps(self, value: Any) -> bool:
        """Whether an object that is no data may be named to the other side."""
        ...

    def handle(self, peer: Peer, name: int) -> Any:
        """The stand-in of an object of the other side's."""
        ...


class Handle:
    """An object of the other side's."""

    __slots__ = ("_name", "_peer")

    _peer: Peer
    _name: int

    def __init__(self, peer: Peer, name: int) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_name", name)


def named(handle: Handle) -> int:
    """The number of an object on its own side. No method: a handle has the names of what it stands for."""
    return object.__getattribute__(handle, "_name")


class Peer:
    """One end."""

    def __init__(self, incoming: int, outgoing: int, service: Service, largest: int, describe: Describe) -> None:
        self._in, self._out = incoming, outgoing
        self._service = service
        self._largest = largest
        self._described = describe
        self._buffer = b""
        self._objects: list[Any] = []
        self._names: dict[int, int] = {}
        self._lock = threading.RLock()

    def ask(self, do: str, on: Any, *arguments: Any, keywords: dict[str, Any] | None = None) -> Any:
        """Sends a request and waits. Raises: what it raised there; Gone; values.Unsendable; values.Garbled."""
        given = list(arguments)
        with self._lock:
            head = json.dumps({"do": do, "on": named(on) if isinstance(on, Handle) else on})
            asked = f'{head[:-1]},"arguments":{self._dumps(given)},"keywords":{self._dumps(keywords or {})}}}'
            self._send(asked)
            while True:
                message = self._receive()
                if "do" in message:
                    self._answer(message)
                    continue
                for at, data in cast("list[Any]", message.get("after") or []):
                    _assign(given[at], self._decode(data))
                if "raised" in message:
                    error = self._service.revive(message["raised"])
                    if isinstance(error, StopIteration) and do != "next":
                        # inside `all(map(f, ...))` it would end the comparing before it began
                        error = RuntimeError("it raised StopIteration")
                    raise error
                return self._decode(message["value"])

    def serve(self) -> None:
        """Answers until the other side is gone."""
        while True:
            try:
                message = self._receive()
            except Gone:
                return
            self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        try:
            arguments = self._decode(message["arguments"])
            keywords = self._decode(message["keywords"])
            before = [self._dumps(value) if type(value) in _CHANGING else "" for value in arguments]
            value = self._service.perform(message["do"], self._on(message["on"]), arguments, keywords)
            after = [
                f"[{at},{text}]"
                for at, value in enumerate(arguments)
                if before[at] and (text := self._dumps(value)) != before[at]
            ]
            reply = f'{{"value":{self._dumps(value)},"after":[{",".join(after)}]}}'
        except BaseException as error:
            reply = json.dumps({"raised": self._described(error)})
        self._send(reply)

    def _on(self, name: Any) -> Any:
        return self._objects[name] if type(name) is int and 0 <= name < len(self._objects) else None

    def _dumps(self, value: Any) -> str:
        return values.dumps(value, self._named)

    def _decode(self, data: Any) -> Any:
        return values.decode(data, self._met)

    def _named(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, Handle):
            return {"yours": named(value)}
        if isinstance(value, type) and getattr(builtins, value.__name__, None) is value:
            return {"type": value.__name__}
        if not self._service.keeps(value):
            return None
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = len(self._objects)
            self._objects.append(value)  # kept, so the id stays its own
        return {"mine": name}

    def _met(self, tag: str, inside: Any) -> Any:
        if tag == "yours":
            return self._on(inside)
        if tag == "type" and isinstance(kind := getattr(builtins, str(inside), None), type):
            return kind
        if tag == "mine" and type(inside) is int:
            return self._service.handle(self, inside)
        raise values.Garbled(f"an unknown tag '{tag[:20]}'")

    def _send(self, text: str) -> None:
        data = text.encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            raise Gone("the program ended") from None

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            if len(self._buffer) > self._largest:
                raise values.Garbled("it returned more than it may")
            data = os.read(self._in, CHUNK)
            if not data:
                raise Gone("the program ended")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message = values.parse(line)
        if not isinstance(message, dict):
            raise values.Garbled("no message")
        return cast("dict[str, Any]", message)


_CHANGING = (list, dict, set, bytearray)


def _assign(old: Any, new: Any) -> None:
    """What the other side did to its copy of an argument is done to the original."""
    if type(old) is not type(new):
        return
    if isinstance(old, list | bytearray):
        old[:] = new
    elif isinstance(old, dict | set):
        changing = cast("Any", old)
        changing.clear()
        changing.update(new)


def described(error: BaseException) -> dict[str, Any]:
    """An exception as data: the names of its classes, from its own upwards, and its message."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, BaseException)]
    try:
        message = str(error)[:2000]
    except BaseException:
        message = "(its text cannot be had)"
    try:
        arguments = values.dumps(list(error.args))
    except BaseException:
        arguments = ""
    small = len(arguments) < 10_000
    return {"kinds": [name[:200] for name in kinds], "message": message, "arguments": arguments if small else ""}
