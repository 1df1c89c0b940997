from random import Random

from lamarck.core import Cycle, Objective, Parties, Score, Scorecard, Seen, Verdict
from lamarck.testing import context
from lamarck.trust.monitors.overoptimised import OverOptimised, Point, overoptimised


def points(*pairs: tuple[float, float], error: float = 0.01) -> list[Point]:
    return [Point(reward=reward, beside=beside, error=error) for reward, beside in pairs]


def test_two_rises_and_two_falls():
    assert overoptimised(points((0.5, 0.0), (0.6, -0.05), (0.7, -0.1)))
    assert overoptimised(points((0.9, 0.3), (0.5, 0.0), (0.6, -0.05), (0.7, -0.1)))


def test_one_step_is_not_enough():
    assert not overoptimised(points((0.5, 0.0), (0.7, -0.2)))
    assert not overoptimised(points((0.6, 0.0), (0.5, -0.05), (0.7, -0.2)))


def test_where_both_rise_or_both_fall_nothing_is_wrong():
    assert not overoptimised(points((0.5, 0.0), (0.6, 0.1), (0.7, 0.2)))
    assert not overoptimised(points((0.7, 0.2), (0.6, 0.1), (0.5, 0.0)))


def test_a_fall_within_the_error_is_none():
    assert not overoptimised(points((0.5, 0.0), (0.6, -0.02), (0.7, -0.04), error=0.05))


def test_chance_alone_seldom_stops_a_stage():
    """2,000 runs of 5 rounds in which nothing changes: less than one in a hundred is stopped."""
    rng, stopped = Random(0), 0
    for _ in range(2000):
        found = points(*((rng.gauss(0.5, 0.03), rng.gauss(0.0, 0.03)) for _ in range(5)), error=0.03)
        stopped += any(overoptimised(found[:n]) for n in range(3, 6))
    assert stopped < 20


def measured(learner: str, *outcomes: tuple[str, str, float], metric: str = "reward") -> Scorecard:
    """In: ability, metric and value of two items."""
    scores = tuple(
        Score(ability=ability, metrics={name: (value, value)}, items=("1", "2"), split="selection")
        for ability, name, value in outcomes
    )
    return Scorecard(learner=learner, scores=scores, metric=metric)


def test_a_further_look_at_other_abilities_has_no_reward():
    first = [
        measured(who, ("sums", "reward", reward), ("second measure", "verifier", right))
        for who, reward, right in (("candidate", 0.75, 0.25), ("base", 0.5, 0.5))
    ]
    further = [measured(who, ("doubles", "greedy", 1.0)) for who in ("candidate", "base")]
    seen = Seen(
        cycle=Cycle(objective=Objective(ability="sums")),
        samples=[],
        kept=[],
        sittings=(first, further),
        parties=Parties(candidate="candidate", champion="base", best="base", base="base"),
        verdict=Verdict(decision="recorded", champion="candidate", best="base"),
        earlier=(),
    )
    assert OverOptimised()(seen, context()).figures == {"reward": 0.75, "beside": -0.25, "error": 0.0}
