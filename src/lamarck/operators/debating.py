"""Referees who talk about two answers before they give points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Literal

from lamarck.core import Context, Learner, Prompt, Sampling
from lamarck.operators.duels import Duel
from lamarck.operators.judging import guarded, once, points

Talk = Literal["in turn", "at once", "summed up"]
"""Each hears all before; each hears the rounds before; the same, where a round is summed up before it is heard."""
SILENCE = "(nobody has spoken yet)"
SUMMARY = "summary"


@dataclass(kw_only=True)
class Hearing:
    """One pair in one order, and what was said about it."""

    duel: Duel
    number: int
    """Which pair: who speaks first goes round with it."""
    turned: bool
    """Whether b is shown first."""
    said: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Who and what, in order."""
    heard: int = 0
    """How much of it everybody has heard."""
    points: dict[int, tuple[float, float]] = field(default_factory=dict[int, tuple[float, float]])
    """Referee -> what it gives a and b; without those whose reply could not be read."""


@dataclass(frozen=True, kw_only=True)
class Debating:
    """How referees talk: ``rounds`` times each, the last time with points."""

    personas: tuple[str, ...]
    rounds: int
    talk: Talk
    prompts: tuple[str, str, str]
    """Of a turn, of the last turn, of a summary."""
    max_tokens: int | None
    swap: bool
    once: bool

    def __call__(self, duels: Sequence[Duel], players: Sequence[Learner], ctx: Context) -> list[Hearing]:
        """Out: two hearings a pair, or one without ``swap``, with all that was said and given."""
        turns = (False, True) if self.swap else (False,)
        hearings = [Hearing(duel=duel, number=i, turned=turn) for i, duel in enumerate(duels) for turn in turns]
        for number in range(self.rounds):
            is_last = number == self.rounds - 1
            for place in range(len(self.personas)):
                for player in dict.fromkeys(range(len(players))):
                    some = [h for h in hearings if self._speaker(h, place) % len(players) == player]
                    self._spoken(some, place, number, players[player], ctx, is_last=is_last)
            for hearing in hearings:
                hearing.heard = len(hearing.said)
            if self.talk == "summed up" and not is_last:
                self._summed(hearings, number, players[0], ctx)
        return hearings

    def _speaker(self, hearing: Hearing, place: int) -> int:
        """Who speaks at a place of a round; who begins goes round, so that nobody always sets the tone."""
        return (hearing.number + hearing.turned + place) % len(self.personas)

    def _spoken(
        self, some: Sequence[Hearing], place: int, number: int, player: Learner, ctx: Context, *, is_last: bool
    ) -> None:
        """One turn of each hearing."""
        prompts, keys = list[Prompt](), list[str]()
        for hearing in some:
            duel, speaker = hearing.duel, self._speaker(hearing, place)
            keys.append(f"{duel.key} {hearing.turned} {number} {speaker}")
            a, b = (once(text) if self.once else text for text in (duel.a, duel.b))
            first, second = (b, a) if hearing.turned else (a, b)
            shown = {"task": duel.asked, "first": first, "second": second, "talk": self._heard(hearing)}
            fields = {**duel.fields, "persona": words(self.personas[speaker])}
            prompts.append(guarded(self.prompts[is_last], fields, ctx, keys[-1], **shown))
        for hearing, reply in zip(some, self._asked(prompts, keys, player, ctx), strict=True):
            speaker = self._speaker(hearing, place)
            hearing.said.append((called(self.personas[speaker]), reply))
            given = points(reply, ("first", "second"), 10, 1) if is_last else None
            if given:
                first, second = given["first"], given["second"]
                hearing.points[speaker] = (second, first) if hearing.turned else (first, second)

    def _heard(self, hearing: Hearing) -> str:
        """What the next speaker knows of the talk."""
        known = hearing.said if self.talk == "in turn" else hearing.said[: hearing.heard]
        if self.talk == "summed up":
            known = [each for each in known if each[0] == SUMMARY]
        return "\n\n".join(f"{who}: {text}" for who, text in known) or SILENCE

    def _summed(self, hearings: Sequence[Hearing], number: int, player: Learner, ctx: Context) -> None:
        """Put a summary of what was said in place of it."""
        prompts, keys = list[Prompt](), list[str]()
        for hearing in hearings:
            keys.append(f"{hearing.duel.key} {hearing.turned} {number} {SUMMARY}")
            talk = "\n\n".join(f"{who}: {text}" for who, text in hearing.said)
            prompts.append(guarded(self.prompts[2], hearing.duel.fields, ctx, keys[-1], talk=talk))
        for hearing, reply in zip(hearings, self._asked(prompts, keys, player, ctx), strict=True):
            hearing.said.append((SUMMARY, reply))
            hearing.heard = len(hearing.said)

    def _asked(self, prompts: Sequence[Prompt], keys: Sequence[str], player: Learner, ctx: Context) -> list[str]:
        sampling = Sampling(temperature=0.0, max_tokens=self.max_tokens)
        return [reply.text for (reply,) in ctx.generate(prompts, keys, role=player, sampling=sampling)]


def words(persona: str) -> str:
    """What a referee is told about itself: the text of a prompt file of this name, or the words as they are."""
    path = PurePosixPath(f"{persona}.md")
    file = files("lamarck.prompts").joinpath(*path.parts)
    is_name = " " not in persona and ".." not in path.parts and not path.is_absolute()
    return file.read_text(encoding="utf-8").strip() if is_name and file.is_file() else persona


def called(persona: str) -> str:
    """A referee's name in the talk."""
    return persona.rpartition("/")[2] if " " not in persona else persona.split(".")[0]
