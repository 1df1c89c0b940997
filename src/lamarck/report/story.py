"""One puzzle, told in words: what the base claimed, and how the learner solves it now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from lamarck.core import Experience, by_task, passed
from lamarck.report.inert import inert
from lamarck.report.reader import Run
from lamarck.report.sound import Sound
from lamarck.report.words import count

STEP = re.compile(r"\s*(\S+?)\s*([-+*/])\s*(\S+?)\s*=\s*([^\s,]+)(?:,\s*([^>]*)(?:>.*)?)?\s*")
"""`13-8=5,4 5 6>24`: a step of the small model's language, what is left, and the target."""


LINES = 30
"""Lines of a solution that are told."""


@dataclass(frozen=True, kw_only=True)
class Tale:
    """A task that every one of the base's samples failed and a later learner solved."""

    wrong: Experience
    wrongs: int
    """Samples of the base, all wrong."""
    right: Experience
    rights: int
    of: int
    """Samples of the later learner."""
    made: int
    """The round that made the later learner."""
    is_champion: bool
    """Whether the later learner is the run's champion; else it is the last one that practised."""

    @property
    def puzzle(self) -> str:
        """The task in one line: its first sentence."""
        said = next((m.text for m in self.wrong.task.messages if m.role == "user"), self.wrong.task.id)
        return inert(said.strip().split("\n")[0], 300)

    @property
    def claim(self) -> list[str]:
        """What the base wrote, a step a line."""
        return _shown(self.wrong)

    @property
    def ruling(self) -> str:
        """The verifier's sentence about it."""
        return inert(self.wrong.feedback.text if self.wrong.feedback else "", 400)

    @property
    def solution(self) -> list[str]:
        """The later learner's solution, a step a line."""
        return _shown(self.right)


@dataclass(frozen=True, kw_only=True)
class Practice:
    """A round that sampled, and whose samples those are: the champion's of that moment."""

    round: int
    sampler: str
    made: int
    """The round that made the sampler; 0 for the base."""


def practices(run: Sound) -> list[Practice]:
    """The sampled rounds of the first stage, in order. A round that was rolled back leaves the sampler it had."""
    found: list[Practice] = []
    made, sampler = {run.info.base: 0}, run.info.base
    for view in run.rounds():
        if view.stage or not view.round:
            continue
        if view.funnel.get("feedback"):
            found.append(Practice(round=view.round, sampler=sampler, made=made.get(sampler, 0)))
        if view.candidate:
            made.setdefault(view.candidate, view.round)
            sampler = view.verdict.champion if view.verdict else view.candidate
    return found


def find(run: Sound) -> Tale | None:
    """The puzzle whose change is greatest: none of the base's samples right, most of the latest learner's."""
    sampled = practices(run)
    later = [one for one in sampled if one.sampler != run.info.base]
    if not later or sampled[0].round != 1:
        return None
    latest = later[-1]
    early, late = (by_task(run.batch(0, number, "feedback")) for number in (1, latest.round))
    failed = {group[0].task.id: group for group in early if group and not any(map(passed, group))}
    solved = [group for group in late if group[0].task.id in failed and any(map(passed, group))]
    if not solved:
        return None
    best = min(solved, key=lambda group: (-_share(group), group[0].task.id))
    base, rights = failed[best[0].task.id], [e for e in best if passed(e)]
    common = Counter(_text(e) for e in rights)
    return Tale(
        wrong=max(base, key=lambda e: (_quoted(e), -e.sample)),
        wrongs=len(base),
        right=max(rights, key=lambda e: (common[_text(e)], -len(_text(e)), -e.sample)),
        rights=len(rights),
        of=len(best),
        made=latest.made,
        is_champion=latest.sampler == run.info.champion,
    )


def story(reader: Run) -> Text:
    """The tale for the terminal; where there is none, why."""
    run = Sound(reader)
    tale = find(run)
    if tale is None:
        return Text(untold(run))
    told = Text()
    told.append(tale.puzzle, style="bold")
    told.append(f"\n\nThe base tried {_times(tale.wrongs)} and was never right. One of its answers:\n")
    _listed(told, tale.claim or ["nothing at all"], "red")
    told.append(f"\n\nThe verifier: {tale.ruling.rstrip('.')}." if tale.ruling else "")
    told.append(f"\n\n{who(tale)} solves it in {tale.rights} of {count(tale.of, 'sample')}:\n")
    _listed(told, tale.solution, "green")
    return told


def _listed(told: Text, lines: list[str], style: str) -> None:
    for number, line in enumerate(lines, 1):
        told.append(f"\n    {number}. ")
        told.append(line, style=style)


def untold(run: Sound) -> str:
    """Why there is no puzzle to tell."""
    if not any(one.sampler != run.info.base for one in practices(run)):
        return "No puzzle to tell yet: only the base has practised so far, no learner that the run made."
    return "No puzzle to tell: no task that all of the base's samples failed is solved by the latest learner."


def who(tale: Tale) -> str:
    """Which learner solves it."""
    return f"The champion, made in round {tale.made}," if tale.is_champion else f"The learner of round {tale.made}"


def steps(text: str) -> list[str]:
    """A solution's steps: its lines, parted at `;` too, the small model's own language spelt out."""
    pieces = [piece.strip() for line in text[:20_000].split("\n") for piece in line.split(";")]
    return [_spelt(piece) for piece in pieces if piece]


def _spelt(piece: str) -> str:
    found = STEP.fullmatch(piece[:500])
    if not found:
        return piece
    a, op, b, c, left = found.groups()
    return f"{a} {op} {b} = {c}" + (f", which leaves {left.strip()}" if left and left.strip() else "")


def _shown(experience: Experience) -> list[str]:
    return [inert(step, 200) for step in steps(_text(experience))[:LINES]]


def _quoted(experience: Experience) -> int:
    """Length of the longest piece of the solution that the feedback quotes: how much it says about it."""
    said = experience.feedback.text if experience.feedback else ""
    words = [word.strip("`'\",.;:") for word in said[:500].split()]
    return max((len(word) for word in words if len(word) > 4 and word in _text(experience)), default=0)


def _share(group: Sequence[Experience]) -> float:
    return sum(map(passed, group)) / len(group)


def _text(experience: Experience) -> str:
    return experience.solution.text if experience.solution else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
