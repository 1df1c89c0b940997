"""The functions by which a model acts on a dialogue's memory, and the reading of its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lamarck.core import Entry
from lamarck.data.strict import Malformed, parse, write
from lamarck.operators.paging import Desk

LARGEST = 100_000
"""Bytes of a call, at most."""
BRACES = 20
"""Places where a call may begin that are looked at."""


class Refused(Exception):
    """A call that cannot be carried out; its words go back to the model."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function that the model asks for."""

    name: str
    arguments: Mapping[str, str | int]
    again: bool
    """Whether it wants to go on at once, with the result in view."""

    @property
    def text(self) -> str:
        """The arguments as JSON."""
        return write(dict(self.arguments))


@dataclass(frozen=True, kw_only=True)
class Room:
    """What bounds the functions."""

    block: int
    """Characters of a block of core memory."""
    page: int
    """Entries of one page of a search."""


Run = Callable[[Desk, Room, Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class Function:
    """One that a model may call."""

    does: str
    """What the model is told."""
    takes: Mapping[str, str | int | None]
    """Argument -> its default, "" or 0 where it must be given by a text or a number."""
    run: Run
    optional: frozenset[str] = frozenset()
    """Arguments whose default holds where they are left out."""

    def line(self, name: str) -> str:
        """As the prompt lists it."""
        shown = (f"{each}={value!r}" if each in self.optional else each for each, value in self.takes.items())
        return f"{name}({', '.join(shown)}): {self.does}"


def read(reply: str, known: Mapping[str, Function]) -> tuple[str, Call | None]:
    """The thoughts before the call, and the call; None where there is no brace and so no call.

    Raises: Refused with what is wrong.
    """
    begins = [at for at, sign in enumerate(reply) if sign == "{"][:BRACES]
    if not begins:
        return reply.strip(), None
    fault = ""
    for at in begins:  # a thought may have braces too
        try:
            fields = cast("dict[str, Any]", parse(reply[at : reply.rfind("}") + 1], largest=LARGEST))
        except Malformed as error:
            fault = fault or str(error)
        else:
            return reply[:at].strip(), _call(fields, known)
    raise Refused(f"your call is no JSON object: {fault}")


def _call(fields: dict[str, Any], known: Mapping[str, Function]) -> Call:
    name, again = fields.pop("call", None), fields.pop("again", False)
    if not isinstance(name, str) or name not in known:
        raise Refused(f"there is no function {name!r}; the functions are {', '.join(known)}")
    return Call(name=name, arguments=_arguments(name, known[name], fields), again=again is True)


def _arguments(name: str, function: Function, given: Mapping[str, Any]) -> dict[str, str | int]:
    if strange := sorted(given.keys() - function.takes.keys()):
        raise Refused(f"{name} takes no {', '.join(strange)}; it takes {', '.join(function.takes)}")
    found = dict[str, Any]()
    for each, default in function.takes.items():
        value = given.get(each, default if each in function.optional else None)
        if type(value) is not type(default):
            kind = "a number" if isinstance(default, int) else "a text"
            raise Refused(f"{name} needs {each}, {kind}; you gave {'nothing' if value is None else repr(value)}")
        found[each] = value
    return found


def functions(desk: Desk, *, recall: bool) -> dict[str, Function]:
    """Those of a dialogue: without blocks there is no core memory to write, without recall nothing to look back on."""
    given = {name for name in FUNCTIONS if not name.startswith("recall_") or recall}
    return {name: FUNCTIONS[name] for name in FUNCTIONS if name in given and (desk.blocks or name[:5] != "core_")}


# --- what they do ---


def _append(desk: Desk, room: Room, a: Mapping[str, Any]) -> str:
    old = _block(desk, a["block"])
    return _written(desk, room, a["block"], f"{old}\n{a['text']}" if old else a["text"])


def _replace(desk: Desk, room: Room, a: Mapping[str, Any]) -> str:
    old = _block(desk, a["block"])
    if not a["old"] or a["old"] not in old:
        raise Refused(f"block {a['block']} does not hold {a['old']!r}, word for word; give what is there")
    return _written(desk, room, a["block"], old.replace(a["old"], a["new"], 1).strip())


def _block(desk: Desk, name: str) -> str:
    if name not in desk.blocks:
        raise Refused(f"there is no block {name!r}; the blocks are {', '.join(desk.blocks)}")
    return desk.blocks[name]


def _written(desk: Desk, room: Room, name: str, text: str) -> str:
    if len(text) > room.block:
        over = len(text) - room.block
        raise Refused(f"block {name} would be {over} characters too long; replace what is no longer needed, or archive")
    desk.write(name, text)
    return "done"


def _say(_desk: Desk, _room: Room, _arguments: Mapping[str, Any]) -> str:
    return "said"


def _recalled(desk: Desk, room: Room, a: Mapping[str, Any]) -> str:
    return _page(desk.remembered(a["query"], _through(room, a)), room, a)


def _dated(desk: Desk, room: Room, a: Mapping[str, Any]) -> str:
    return _page(desk.between(a["first"], a["last"]), room, a)


def _archived(desk: Desk, _room: Room, a: Mapping[str, Any]) -> str:
    desk.file(a["text"], a["about"])
    return "done"


def _found(desk: Desk, room: Room, a: Mapping[str, Any]) -> str:
    return _page(desk.filed(a["query"], _through(room, a)), room, a)


def _through(room: Room, a: Mapping[str, Any]) -> int:
    """How many entries tell all of a page, and whether there is another one."""
    return max(a["page"], 1) * room.page + 1


def _page(entries: Sequence[Entry], room: Room, a: Mapping[str, Any]) -> str:
    page = max(a["page"], 1)
    shown = entries[(page - 1) * room.page : page * room.page]
    if not shown:
        return "nothing found" if page == 1 else "no such page"
    more = f"\nmore on page {page + 1}" if len(entries) > page * room.page else ""
    return "\n".join(entry.text for entry in shown) + more


PAGED: Mapping[str, str | int | None] = {"query": "", "page": 1}
FUNCTIONS: Mapping[str, Function] = {
    "say": Function(does="say this to the user", takes={"text": ""}, run=_say),
    "core_append": Function(
        does="add a line to a block of core memory", takes={"block": "", "text": ""}, run=_append
    ),
    "core_replace": Function(
        does="put new words in place of old ones", takes={"block": "", "old": "", "new": ""}, run=_replace
    ),
    "recall_search": Function(
        does="find earlier messages of this dialogue by their words",
        takes=PAGED, optional=frozenset({"page"}), run=_recalled,
    ),
    "recall_days": Function(
        does="read the messages of these days",
        takes={"first": 0, "last": 0, "page": 1}, optional=frozenset({"page"}), run=_dated,
    ),
    "archive_add": Function(
        does="file a text for good; about names the one thing it says something of, and takes an older one's place",
        takes={"text": "", "about": ""}, optional=frozenset({"about"}), run=_archived,
    ),
    "archive_search": Function(
        does="find texts that were filed", takes=PAGED, optional=frozenset({"page"}), run=_found
    ),
}  # fmt: skip
"""All there are, by the names that a model calls."""
