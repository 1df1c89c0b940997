"""Blind voting: random sides, no names, nothing lost at a break, votes counted and set beside the evaluation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from lamarck.api import voting
from lamarck.api.results import Run
from lamarck.cli.vote import counted
from lamarck.core import UsageError
from lamarck.data.ballots import Ballot, Choice, Pair, Side, Vote, read
from lamarck.operators.evaluation import Votes
from lamarck.store import RunReader
from lamarck.testing import context
from lamarck.trust.agreement import kappa

Lamarck = Callable[..., Any]
WORSE = "a worse answer"


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> tuple[Path, Ballot]:
    """A run in runs/ with a ballot on its last two learners: six items, the answers to one of them equal."""
    path = tmp_path / "runs" / "mine"
    copytree(tiny, path)
    cards = next(view.scorecards for view in reversed(RunReader(path).rounds()) if len(view.scorecards) > 1)
    pairs = tuple(
        Pair(item=f"i{i}", task=f"Question {i}", learner=f"better {i}", rival=WORSE, verdict=float(i % 2))
        for i in range(5)
    )
    same = Pair(item="same", task="Question", learner="one", rival="one ", verdict=0.0)
    ballot = Ballot(learner=cards[0].learner, rival=cards[1].learner, pairs=(*pairs, same))
    voting.keep(Run(path), ballot)
    return path, ballot


def says(monkeypatch: pytest.MonkeyPatch, *words: str | type[BaseException]) -> None:
    """What is typed, word by word; an exception is raised, and then the input ends."""
    left: Iterator[str | type[BaseException]] = iter(words)

    def typed(_asked: str = "") -> str:
        word = next(left, EOFError)
        if isinstance(word, str):
            return word
        raise word

    monkeypatch.setattr("builtins.input", typed)


def preferred(ballot: Ballot, who: str, *items: str) -> list[str]:
    """The keys that prefer the learner."""
    return ["1" if ballot.first(who, item) == "learner" else "2" for item in items]


def test_neither_name_is_shown_and_sides_are_drawn(
    lamarck: Lamarck, mine: tuple[Path, Ballot], monkeypatch: pytest.MonkeyPatch
):
    path, ballot = mine
    says(monkeypatch, "s", "s", "s", "s", "s")
    said = lamarck("vote", "mine", "--who", "ann").out
    before, _, _ = said.partition("no vote yet")
    assert ballot.learner not in before
    assert ballot.rival not in before
    assert "Question 4" in before
    assert "one " not in before  # equal answers are shown to nobody
    sides = [Ballot(learner="a", rival="b", pairs=()).first("ann", f"i{i}") for i in range(400)]
    assert 160 < sides.count("learner") < 240
    assert len({ballot.first(who, "i1") for who in "abcdefgh"}) == 2
    assert path.exists()


def test_votes_are_kept_one_by_one_and_a_break_loses_none(
    lamarck: Lamarck, mine: tuple[Path, Ballot], monkeypatch: pytest.MonkeyPatch
):
    path, ballot = mine
    file = voting.place(Run(path), ballot.learner, ballot.rival)
    says(monkeypatch, *preferred(ballot, "ann", "i0", "i1"), "what?", "t", KeyboardInterrupt)
    ended = lamarck("vote", "mine", "--who", "ann")
    assert (ended.code, ended.line) == (4, "lamarck: stopped; every vote is kept; type: lamarck vote mine")
    kept = read(file)
    assert [(v.item, v.choice, v.who) for v in kept.votes] == [
        ("i0", "learner", "ann"), ("i1", "learner", "ann"), ("i2", "tie", "ann"),
    ]  # fmt: skip
    assert all(v.first == ballot.first("ann", v.item) and v.when.startswith("20") for v in kept.votes)
    says(monkeypatch, "s", "q")
    again = lamarck("vote", "mine", "--who", "ann")
    assert again.code == 0
    assert "1 of 2" in again.out
    assert [v.choice for v in read(file).votes] == ["learner", "learner", "tie", "skip"]
    assert f"{ballot.learner} is preferred to {ballot.rival}: 83.3 %" in again.out
    assert "3 items, 1 voter" in again.out
    assert "1 pair of equal answers, shown to nobody and not counted" in again.out


def test_the_count_by_hand():
    choices: tuple[Choice, ...] = ("learner", "rival", "tie", "learner", "skip")
    first: Side = "learner"
    pairs = tuple(Pair(item=str(i), task="", learner="a", rival="b", verdict=v) for i, v in enumerate((1, 1, 0, 1, 1)))
    votes = tuple(Vote(item=str(i), choice=choice, first=first, who="ann", when="") for i, choice in enumerate(choices))
    ballot = Ballot(learner="l", rival="r", pairs=pairs, votes=votes)
    assert ballot.outcomes("l") == {"0": 1.0, "1": 0.0, "2": 0.5, "3": 1.0}
    assert ballot.outcomes("r") == {"0": 0.0, "1": 1.0, "2": 0.5, "3": 0.0}
    # three of four agree; by chance 2/4 * 3/4 + 1/4 * 0 + 1/4 * 1/4 = 7/16, so kappa is (12 - 7) / (16 - 7)
    found = kappa(*ballot.beside())
    assert found is not None
    assert found.value == pytest.approx(5 / 9)
    assert counted(ballot)[1].startswith("the run's evaluation says the same in 75.0 % of 4 votes, kappa 0.56 [")


def test_votes_are_an_evaluation_and_no_vote_is_no_score(mine: tuple[Path, Ballot]):
    path, ballot = mine
    ctx = context()
    measure = Votes(folder=str(path / "votes"))
    learner = RunReader(path).learner(ballot.learner)
    with pytest.raises(UsageError, match="nobody has voted on"):
        measure(learner, ctx)
    votes: tuple[tuple[str, Choice], ...] = (("ann", "learner"), ("bob", "tie"))
    for who, choice in votes:
        ballot = ballot.add(Vote(item="i3", choice=choice, first="rival", who=who, when=""))
    voting.keep(Run(path), ballot)
    card = measure(learner, ctx)
    assert (card.target.items, card.target.metrics) == (("i3",), {"votes": (0.75,)})
    assert measure(RunReader(path).learner(ballot.rival), ctx).value == 0.25


def test_what_cannot_be_is_refused(lamarck: Lamarck, mine: tuple[Path, Ballot]):
    path, ballot = mine
    assert "--who a/b" in lamarck("vote", "mine", "--who", "a/b").line
    assert "no round of mine scored nobody and" in lamarck("vote", "mine", "--learner", "nobody").line
    voting.place(Run(path), ballot.learner, ballot.rival).write_text("{")
    assert "move it away and vote anew" in lamarck("vote", "mine").line
