"""Who plays cards in tests: boldly, but for what its policy says of the situation that it believes to be in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from lamarck.core import Prompt, Task
from lamarck.environments.cards.deal import ACE, count, read, soft
from lamarck.environments.cards.episode import GameEpisode

LINE = re.compile(r"With a (hard|soft) hand against a (weak|middling|strong) dealer, hit below (\d+)")
BELIEFS = re.compile(r"I hold (hard|soft) (\d+)\.\nThe dealer is (weak|middling|strong)\.")
BOLD, RECKLESS = 19, 21
"""Below which it hits without a policy, and what it writes of a policy when it errs."""
GOOD = {("hard", "weak"): 13, ("soft", "strong"): 19}
"""Below which it is good to hit, 17 or, with a soft hand, 18 in all other situations."""


def dealer(up: int) -> str:
    """How a dealer with this open card is called."""
    return "weak" if up in range(2, 7) else "middling" if up in (7, 8) else "strong"


def good(kind: str, other: str) -> int:
    """Below which it is good to hit."""
    return GOOD.get((kind, other), 18 if kind == "soft" else 17)


def hits(cards: Sequence[int], up: int, policy: str, *, beliefs: bool = True) -> bool:
    """Whether it takes a card. Who forms no beliefs looks at the last two cards alone, and fears no dealer."""
    kind, made, other = ("soft" if soft(cards) else "hard"), count(cards), dealer(up)
    if not beliefs:
        kind, made, other = "hard", sum(cards[-2:]), "weak"
    below = [int(n) for own, their, n in LINE.findall(policy) if (own, their) == (kind, other)]
    return made < (below or [BOLD])[-1]


def earned(task: Task, policy: str, *, beliefs: bool = True) -> float:
    """What a game brings who plays it by a policy, whatever model would say it."""
    deal = read(task.private["deal"])
    episode = GameEpisode(deal=deal)
    while not episode.over:
        episode.act("hit" if hits(episode.hand, deal.dealer[0], policy, beliefs=beliefs) else "stand")
    return episode.score


def cards(seen: str) -> tuple[list[int], int]:
    """The own cards and the dealer's open one."""
    mine, theirs = re.findall(r"You have (.*?)\. The dealer (?:shows|has) (\w+)", seen)[-1]
    return [value(card) for card in mine.split(", ")], value(theirs)


def value(card: str) -> int:
    return ACE if card == "ace" else int(card)


def play(prompt: Prompt, seed: int) -> str:
    """A belief, an action, what was wrong in a game, a line of a policy from that, or a policy from such lines."""
    asked, fields = prompt.name.rpartition("/")[2], prompt.fields
    if asked == "reflect":
        return lesson(fields["solution"])
    if asked == "policy":
        return advice(fields["records"], good)
    if asked == "revise":
        return revised(fields["notes"], fields["drafts"])
    mine, up = cards(fields["seen"])
    if asked == "self_belief":
        return f"I hold {'soft' if soft(mine) else 'hard'} {count(mine)}."
    if asked == "world_belief":
        return f"The dealer is {dealer(up)}."
    deed = "hit" if hits(mine, up, fields.get("reminded", ""), beliefs="self_belief" in fields) else "stand"
    return f"So be it.\nAction: {deed}"


def err(prompt: Prompt, seed: int) -> str:
    """The same, but advice that is reckless."""
    if prompt.name.endswith("/policy"):
        return advice(prompt.fields["records"], lambda _kind, _other: RECKLESS)
    return play(prompt, seed)


def lesson(game: str) -> str:
    """What a game was lost in: the situation before the last decision."""
    believed = BELIEFS.findall(game)
    return "The decision with a {} {} against a {} dealer cost it.".format(*believed[-1]) if believed else "Bad luck."


def advice(records: str, below: Callable[[str, str], int]) -> str:
    """What to do in the situation that a reflection names."""
    found = re.findall(r"The decision with a (\w+) \d+ against a (\w+) dealer", records)
    return (
        "\n".join(
            f"With a {kind} hand against a {other} dealer, hit below {below(kind, other)}." for kind, other in found
        )
        or "Think twice."
    )


def revised(notes: str, drafts: str) -> str:
    """A line a situation: what most drafts and the old line say; where none has more, the old one stands."""
    votes = Counter(LINE.findall(f"{notes}\n{drafts}"))
    best = dict[tuple[str, str], tuple[int, str]]()
    for (kind, other, below), times in votes.items():
        if times > best.get((kind, other), (0, ""))[0]:
            best[kind, other] = (times, below)
    return "\n".join(f"With a {k} hand against a {o} dealer, hit below {n}." for (k, o), (_, n) in best.items())
