"""What one dialogue holds in view, and what lies outside: the state behind ``solutions.PagedChat``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lamarck.core import Entry
from lamarck.core.protocols import Overlay

CORE, SUMMARY, RECALL, ARCHIVE = "core", "summary", "recall", "archive"
"""Kinds of the entries that a dialogue writes."""
CUT = " [cut here]"
"""Ends a text that is shown in part."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Note:
    """One line of the queue: who it is by, and what it says. JSON, so that no text can end its line."""

    by: str
    """"user", "you" (what the model wrote, its call included), "result" or "system"."""
    text: str

    @property
    def line(self) -> str:
        """As the model reads it."""
        return json.dumps({"from": self.by, "text": self.text}, ensure_ascii=False)


def lines(notes: Sequence[Note]) -> str:
    """Notes one below the other."""
    return "\n".join(note.line for note in notes)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with a mark where it has more characters."""
    return text if len(text) <= longest else text[: max(longest - len(CUT), 0)] + CUT


@dataclass(kw_only=True)
class Desk:
    """Core memory, the running summary and the queue of one dialogue, over what it stored before."""

    session: Overlay
    stream: str
    round: int
    names: tuple[str, ...]
    """Of the blocks of core memory."""
    longest: int
    """Characters that the queue shows of one message."""
    keeps: bool = True
    """Whether messages go to recall."""
    blocks: dict[str, str] = field(default_factory=dict[str, str])
    summary: str = ""
    queue: list[Note] = field(default_factory=list[Note])
    asked: Note | None = None
    """The user's message under way; it does not leave the queue."""
    day: int = 0
    task: str = ""
    """Id of the one at work."""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """Entries of the dialogue by kind."""
    warned: bool = False
    _waiting: list[Entry] = field(default_factory=list[Entry])
    """Stored, and not yet in the session: texts are placed many at once."""
    _changed: dict[str, str] = field(default_factory=dict[str, str])
    """Block, or the summary -> id of the task that changed it last."""

    def __post_init__(self) -> None:
        """Begin with what the dialogue has in memory: the newest core memory and summary."""
        self.blocks = dict.fromkeys(self.names, "")
        for entry in self.session.entries:
            if not self.mine(entry):
                continue
            self.counts[entry.kind] = self.counts.get(entry.kind, 0) + 1
            if entry.kind == CORE and entry.key in self.blocks:
                self.blocks[entry.key] = entry.text
            elif entry.kind == SUMMARY:
                self.summary = entry.text
            elif entry.kind == RECALL:
                self.day = max(self.day, day_of(entry))

    def mine(self, entry: Entry) -> bool:
        """Whether an entry that holds is of this dialogue, or in an archive that is everybody's."""
        known = entry.stream == self.stream or (entry.kind == ARCHIVE and not entry.stream)
        return known and not entry.status

    def hear(self, by: str, text: str, *, keep: str = "") -> Note:
        """One more note for the queue; ``keep`` is what goes to recall of it, whole."""
        note = Note(by=by, text=cut(text, self.longest))
        self.queue.append(note)
        if keep and self.keeps:
            self._store(RECALL, f"[day {self.day}, {by}] {keep}")
        return note

    def write(self, block: str, text: str) -> None:
        """A new text of a block of core memory."""
        self.blocks[block] = text
        self._changed[block] = self.task

    def fold(self, summary: str, leaving: Sequence[Note]) -> None:
        """These notes leave the queue, and the summary that tells them takes the old one's place."""
        self.summary, self.warned = summary, False
        self.queue = [note for note in self.queue if note not in leaving]
        self._changed[SUMMARY] = self.task

    def oldest(self, keep: int, share: float, size: Callable[[str], int]) -> list[Note]:
        """The notes to leave next: the oldest that make up this share of the queue, without the last ``keep``."""
        free = [note for note in self.queue if note is not self.asked]
        sizes = [size(note.line) for note in free]
        at, gone = 0, 0
        while at < len(free) - keep and gone < share * sum(sizes):
            gone += sizes[at]
            at += 1
        at += 0 < at < len(free) and free[at].by == "result"  # a result without its call tells nobody anything
        return free[:at]

    def file(self, text: str, about: str) -> None:
        """Put a text into the archive; what it says about something counts instead of what an older one says."""
        self._store(ARCHIVE, text, about)

    def settle(self) -> None:
        """All that was stored is in the session from here on."""
        if self._waiting:
            self.session.add(*self._waiting)
            self._waiting = []

    def leave(self) -> None:
        """The dialogue ends here: core memory and summary that it changed are written too."""
        for name, task in self._changed.items():
            kind, text = (SUMMARY, self.summary) if name == SUMMARY else (CORE, self.blocks[name])
            self._waiting.append(self._entry(kind, text, name, task))
        self._changed = {}

    # --- what lies outside ---

    def remembered(self, query: str, n: int) -> Sequence[Entry]:
        """n messages of the dialogue, nearest to the query first, by its words and by its meaning."""
        self.settle()
        return self.session.search(query, n, kind=RECALL, where=self.mine, by="both")

    def between(self, first: int, last: int) -> Sequence[Entry]:
        """Messages of these days, in order."""
        self.settle()
        told = (entry for entry in self.session.entries if entry.kind == RECALL and self.mine(entry))
        return [entry for entry in told if first <= day_of(entry) <= last]

    def filed(self, query: str, n: int) -> Sequence[Entry]:
        """n texts of the archive, nearest to the query first; of those about one thing the newest alone."""
        self.settle()
        mine = [entry for entry in self.session.entries if entry.kind == ARCHIVE and self.mine(entry)]
        newest = {entry.key or f"\n{at}": _known(entry) for at, entry in enumerate(mine)}
        live = set(newest.values())
        return self.session.search(query, n, kind=ARCHIVE, where=lambda e: self.mine(e) and _known(e) in live)

    def _store(self, kind: str, text: str, key: str = "") -> None:
        self._waiting.append(self._entry(kind, text, key, self.task))
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def _entry(self, kind: str, text: str, key: str, task: str) -> Entry:
        return Entry(text=text, kind=kind, key=key, source=task, stream=self.stream, round=self.round)


def day_of(entry: Entry) -> int:
    """The day that a message of recall begins with."""
    number = entry.text.removeprefix("[day ").partition(",")[0]
    return int(number) if number.isdigit() else 0


def _known(entry: Entry) -> tuple[str, ...]:
    return entry.source, entry.key, entry.text
