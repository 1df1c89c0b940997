"""Two ends of a line in one process: data is copied, objects are named, and nobody is asked whether it is right."""

import operator
import os
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from lamarck.sandbox.guest.proxies import Examiner
from lamarck.sandbox.guest.rpc import Gone, Peer, described
from lamarck.sandbox.guest.serve import Program

CODE = """
class Own(ValueError):
    pass
class Stack:
    def __init__(self): self.kept = []
    def push(self, value): self.kept.append(value); return self
    def __len__(self): return len(self.kept)
    def __contains__(self, value): return value in self.kept
    def __eq__(self, other): return True
    def __iter__(self): return iter(self.kept)
class Yes:
    def __eq__(self, other): return True
    def __contains__(self, other): return True
    def __sub__(self, other): return 0
    def __lt__(self, other): return True
class Texts(list):
    def __eq__(self, other): return True
number = 5
def double(x): return 2 * x
def fails(): raise Own("so", 1)
def leaves(): raise SystemExit(0)
def sort(items, key): items.sort(key=key)
def count():
    n = 0
    while True:
        yield n
        n += 1
def yes(): return Yes()
def texts(): return Texts(["a"])
def kind(value, of): return isinstance(value, of)
"""


class Line:
    def __init__(self, largest: int = 1 << 20) -> None:
        calls, calls_in = os.pipe()
        replies, replies_in = os.pipe()
        self.fds = [calls, calls_in, replies, replies_in]
        self.tester = Examiner()
        self.peer = Peer(replies, calls_in, self.tester, largest, described)
        self.other = Peer(calls, replies_in, Program(CODE, "double", None), largest, described)
        self.thread = threading.Thread(target=self.other.serve, daemon=True)
        self.thread.start()
        told = self.peer.ask("load", None)
        self.names = {name: value for name, (_, value) in told["names"].items()}
        self.entry = told["entry"]

    def close(self) -> None:
        os.close(self.fds[1])
        self.thread.join(5)
        for fd in (self.fds[0], *self.fds[2:]):
            os.close(fd)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_functions_are_called_and_data_is_copied(line: Line):
    assert line.entry(21) == 42
    assert line.names["double"]((1,)) == (1, 1)
    assert line.names["number"] == 5


def test_what_is_done_to_an_argument_is_done_to_the_original(line: Line):
    items = [3, 1, 2]
    assert line.names["sort"](items, operator.neg) is None
    assert items == [3, 2, 1]


def test_an_object_stays_where_it_is_and_is_used_from_here(line: Line):
    stack = line.names["Stack"]()
    stack.push(1).push(2)
    assert len(stack) == 2
    assert stack.kept == [1, 2]
    assert list(stack) == [1, 2]
    assert 2 in stack
    assert isinstance(stack, line.names["Stack"])
    assert not isinstance(5, line.names["Stack"])


def test_a_generator_is_drawn_from(line: Line):
    numbers = line.names["count"]()
    assert [next(numbers) for _ in range(3)] == [0, 1, 2]


def test_no_object_says_itself_that_it_is_right(line: Line):
    sly = line.names["yes"]()
    assert operator.eq(sly, 5) is operator.eq(5, sly) is False
    assert operator.ne(sly, 5) is operator.ne(5, sly) is True
    with pytest.raises(TypeError):
        assert sly - 5 == 0
    with pytest.raises(TypeError):
        assert sly < 5
    with pytest.raises(TypeError):
        assert 5 in sly
    assert line.names["texts"]() != ["b"]


def test_a_type_is_known_on_both_sides(line: Line):
    assert line.names["kind"](5, int) is True


def test_an_exception_has_its_class_and_its_arguments(line: Line):
    own = line.tester.declare("Own", ["Own", "ValueError", "Exception"])
    with pytest.raises(own) as caught:
        line.names["fails"]()
    assert caught.value.args == ("so", 1)
    assert isinstance(caught.value, ValueError)


def test_leaving_is_no_way_out(line: Line):
    with pytest.raises(RuntimeError, match="the program raised SystemExit"):
        line.names["leaves"]()


def test_the_program_calls_only_what_it_was_given(line: Line):
    for request in ("call", "get", "load"):
        with pytest.raises(TypeError, match="only functions that were given"):
            line.tester.perform(request, None, [], {})


class Replies:
    """A program that writes what it likes."""

    def __init__(self, text: bytes, largest: int = 1000) -> None:
        incoming, mine = os.pipe()
        asked, outgoing = os.pipe()
        os.write(mine, text)
        os.close(mine)
        self.peer = Peer(incoming, outgoing, Examiner(), largest, described)
        self.fds = (incoming, asked, outgoing)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"", Gone),
        (b"garbage\n", ValueError),
        (b"[]\n", ValueError),
        (b'{"value":NaN}\n', ValueError),
        (b'{"value":{"mine":"x"}}\n', ValueError),
        (b'{"value":{"yours":7}}\n', None),
        (b"x" * 5000, ValueError),
        (b'{"after":5}\n', TypeError),
        (b'{"nothing":5}\n', KeyError),
        (b'{"raised":{"kinds":["SystemExit"],"message":"","arguments":"[0]"}}\n', RuntimeError),
        (b'{"raised":{"kinds":["UnicodeDecodeError"],"message":"x","arguments":"[]"}}\n', RuntimeError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_forged_replies_are_errors_or_plain_values(text: bytes, kind: Any):
    made = Replies(text)
    try:
        if kind is None:
            assert made.peer.ask("call", 0) is None
        else:
            with pytest.raises(kind):
                made.peer.ask("call", 0)
    finally:
        for fd in made.fds:
            os.close(fd)


def test_the_program_cannot_reach_into_the_tests():
    made = Replies(
        b'{"do":"get","on":0,"arguments":["__globals__"],"keywords":{"dict":[]}}\n{"value":1}\n',
    )
    given = ModuleType("given")
    assert made.peer.ask("call", 0, lambda: given) == 1
    told = os.read(made.fds[1], 65536).splitlines()[1]
    assert b"only functions that were given" in told
    for fd in made.fds:
        os.close(fd)
