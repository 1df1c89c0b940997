"""`lamarck vote`: compare the answers of two learners without knowing whose they are."""

from __future__ import annotations

import getpass
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from lamarck.api import voting
from lamarck.api.results import Run
from lamarck.core import PausedRun, UsageError, interval
from lamarck.data.ballots import FOLDER, Ballot, Choice, Pair, Side, Vote
from lamarck.report import inert
from lamarck.report.words import count, percent, within
from lamarck.store import find
from lamarck.store.info import now
from lamarck.store.lock import Lock
from lamarck.trust.agreement import kappa

KEYS = "1 or 2 is better, t = tie, s = skip, q = stop"
LONG = 4000
"""Characters of an answer that are shown."""
WHO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    learner: Annotated[str, typer.Option(metavar="HASH", help="Whose answers; champion, base. (last candidate)")] = "",
    against: Annotated[str, typer.Option(metavar="HASH", help="Compared with whom. (the champion before it)")] = "",
    n: Annotated[int, typer.Option(min=1, help="Items, where the ballot is new.")] = voting.SHOWN,
    who: Annotated[str, typer.Option(help="Who votes. (your user name)")] = "",
    count_only: Annotated[bool, typer.Option("--count", help="Only count the votes that there are.")] = False,
) -> None:
    """Vote on pairs of answers, blindly, in random order; goes on where you stopped, then counts all votes."""
    name = who or _user()
    if not WHO.fullmatch(name):
        raise UsageError(f"--who {inert(name, 40)}: give up to 64 letters, digits, and . _ @ -")
    console, made = Console(highlight=False), Run(find(run))
    ballot = voting.ballot_of(run, learner=learner, against=against, n=n)
    if not count_only:
        lock = Lock(voting.place(made, ballot.learner, ballot.rival).parent)  # one person at a time
        try:
            # another voter may have been at it since
            ballot = _voted(voting.ballot_of(run, learner=ballot.learner, against=ballot.rival), made, name, console)
        except KeyboardInterrupt:
            raise PausedRun(f"stopped; every vote is kept; type: lamarck vote {run}") from None
        finally:
            lock.close()
    for line in counted(ballot):
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"votes: {made.path / FOLDER}", markup=False, soft_wrap=True)


def counted(ballot: Ballot) -> list[str]:
    """The result of all votes: win rate with its interval, and agreement with the evaluation."""
    same = sum(pair.is_same for pair in ballot.pairs)
    equal = [f"{count(same, 'pair')} of equal answers, shown to nobody and not counted"] if same else []
    votes = list(ballot.outcomes(ballot.learner).values())
    if not votes:
        return ["no vote yet", *equal]
    found = interval(votes)
    voters = len({vote.who for vote in ballot.votes if vote.choice != "skip"})
    said = f"{ballot.learner} is preferred to {ballot.rival}: {percent(found.value)}, 95 % interval {within(found)}, "
    lines = [f"{said}{count(len(votes), 'item')}, {count(voters, 'voter')} (a tie counts half)", *equal]
    people, judged = ballot.beside()
    if people:
        agreed, beyond = sum(a == b for a, b in zip(people, judged, strict=True)) / len(people), kappa(people, judged)
        chance = (
            "not defined, one word only"
            if beyond is None
            else f"{beyond.value:.2f} [{beyond.low:.2f}, {beyond.high:.2f}]"
        )
        lines.append(
            f"the run's evaluation says the same in {percent(agreed)} of {len(people):,} votes, kappa {chance}"
        )
    return lines


def _voted(ballot: Ballot, run: Run, who: str, console: Console) -> Ballot:
    """The ballot after this person is done or has stopped; every vote is on the disk before the next is asked."""
    left = ballot.left(who)
    for number, pair in enumerate(left, 1):
        first = ballot.first(who, pair.item)
        _show(pair, first, f"{number} of {len(left)}", console)
        choice = _asked(first)
        if choice is None:
            break
        ballot = ballot.add(Vote(item=pair.item, choice=choice, first=first, who=who, when=now()))
        voting.keep(run, ballot)
    return ballot


def _show(pair: Pair, first: Side, where: str, console: Console) -> None:
    sides = (pair.learner, pair.rival) if first == "learner" else (pair.rival, pair.learner)
    console.print(Text(f"\n{where}", "dim"))
    console.print(Text(inert(pair.task, LONG, lines=True), "bold"))
    for number, text in enumerate(sides, 1):
        console.print(Text(f"\n--- {number} ---", "cyan"))
        console.print(Text(inert(text, LONG, lines=True) or "(nothing)"))


def _asked(first: Side) -> Choice | None:
    """What the person says; None to stop."""
    second: Side = "rival" if first == "learner" else "learner"
    words: dict[str, Choice | None] = {"1": first, "2": second, "t": "tie", "s": "skip", "q": None}
    while True:
        try:
            said = input(f"\n{KEYS}: ").strip().casefold()
        except EOFError:
            return None
        if said in words:
            return words[said]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return "somebody"
