"""What the tests hold of the program's: functions that are called over the line, and handles to its objects.

A handle never decides a comparison with plain data: that would ask the program whether the program is right, and tell
it what was expected. Only objects of its own classes that the tests themselves made (``Stack()``) may, as a test of a
class must ask the class.
"""

from __future__ import annotations

import builtins
from typing import Any, cast

from lamarck.sandbox.guest import values
from lamarck.sandbox.guest.rpc import Handle, Peer


class Proxy(Handle):
    """A handle that behaves as far as that is safe."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What it gives, made there."""
        found = self._peer.ask("call", self, *arguments, keywords=keywords)
        if self._kind == "class" and isinstance(found, Proxy):
            return Proxy(found._peer, found._name, found._kind, made=True)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("set", self, name, value)

    def __iter__(self) -> Any:
        return self._peer.ask("iter", self)

    def __next__(self) -> Any:
        return self._peer.ask("next", self)

    def __len__(self) -> int:
        return self._peer.ask("len", self)

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._peer.ask("put", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._peer.ask("drop", self, key)

    def __bool__(self) -> bool:
        return bool(self._peer.ask("bool", self))

    def __repr__(self) -> str:
        return str(self._peer.ask("repr", self))

    def __str__(self) -> str:
        return str(self._peer.ask("str", self))

    def __enter__(self) -> Any:
        return self._peer.ask("enter", self)

    def __exit__(self, *error: object) -> None:
        self._peer.ask("leave", self)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Proxy) and bool(self._peer.ask("isinstance", self, instance))

    def __hash__(self) -> int:
        return hash(self._name)

    def __contains__(self, item: object) -> bool:
        if self._may_judge(item):
            return bool(self._peer.ask("in", self, item))
        return any(one is item or one == item for one in self)

    def _may_judge(self, other: object) -> bool:
        return self._made or isinstance(other, Proxy)

    def _both(self, do: str, other: object) -> Any:
        if isinstance(other, Proxy) and do in ("eq", "ne") and other._name == self._name:
            return do == "eq"
        return self._peer.ask(do, self, other) if self._may_judge(other) else NotImplemented

    def __eq__(self, other: object) -> Any:
        return self._both("eq", other)

    def __ne__(self, other: object) -> Any:
        return self._both("ne", other)

    def __lt__(self, other: object) -> Any:
        return self._both("lt", other)

    def __le__(self, other: object) -> Any:
        return self._both("le", other)

    def __gt__(self, other: object) -> Any:
        return self._both("gt", other)

    def __ge__(self, other: object) -> Any:
        return self._both("ge", other)

    def __add__(self, other: object) -> Any:
        return self._both("add", other)

    def __sub__(self, other: object) -> Any:
        return self._both("sub", other)

    def __mul__(self, other: object) -> Any:
        return self._both("mul", other)

    def __truediv__(self, other: object) -> Any:
        return self._both("truediv", other)

    def __neg__(self) -> Any:
        return self._peer.ask("neg", self)

    def __abs__(self) -> Any:
        return self._peer.ask("abs", self)


class Examiner:
    """The tests' end of the line: lets the program call the functions it was given, and nothing else."""

    def __init__(self) -> None:
        self.exceptions: dict[str, type[BaseException]] = {}
        """The program's own, by name."""

    def perform(self, do: str, on: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Calls a function that was an argument."""
        if do != "call" or on is None:
            raise TypeError("only functions that were given can be called")
        return on(*arguments, **keywords)

    def keeps(self, value: Any) -> bool:
        """Only what can be called may be named to the program."""
        return callable(value)

    def handle(self, peer: Peer, name: int, kind: str) -> Any:
        """An object of the program's."""
        return Proxy(peer, name, kind)

    def revive(self, fault: dict[str, Any]) -> BaseException:
        """An exception of the program's: of its own class where it has told one, else the nearest that Python has."""
        kinds = [str(kind) for kind in cast("list[Any]", fault.get("kinds") or [])]
        message = str(fault.get("message", ""))
        found = next((kind for name in kinds if (kind := self._known(name))), RuntimeError)
        try:
            if not issubclass(found, Exception):  # SystemExit and its like would end the tests
                raise TypeError(found)
            error = found(*values.loads(fault.get("arguments") or "[]"))
        except Exception:
            error = RuntimeError(f"the program raised {kinds[0] if kinds else 'an exception'}: {message}")
        error.__dict__["program_trace"] = str(fault.get("trace", ""))[-8000:]
        return error

    def _known(self, name: str) -> type[BaseException] | None:
        kind = self.exceptions.get(name) or getattr(builtins, name, None)
        return kind if isinstance(kind, type) and issubclass(kind, BaseException) else None

    def declare(self, name: str, kinds: list[str]) -> type[BaseException]:
        """A class that stands for one of the program's exceptions."""
        bases = [kind for base in kinds[1:] if (kind := self._known(base)) and issubclass(kind, Exception)]
        made = cast("type[BaseException]", type(name, (bases[0] if bases else Exception,), {}))
        self.exceptions[kinds[0]] = made
        return made
