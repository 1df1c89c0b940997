"""Planted biases are exposed within 100 anchors, and a judge without any is not accused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from lamarck.core import Prompt
from lamarck.testing import BiasedJudge
from lamarck.trust.agreement import turned
from lamarck.trust.calibration import Calibration, Trial, calibrate, combined, drifted, sign_test, weight

ANCHORS, SEEDS = 100, range(200)
PLACES: dict[str, Any] = {"first": "a", "second": "b", "tie": "tie"}
PLANTED: dict[str, tuple[dict[str, float], str]] = {
    "position": ({"first": 0.4}, "position"),
    "length": ({"longer": 0.5}, "length"),
    "self": ({"own": 0.7}, "own"),
    "format": ({"decorated": 0.5}, "format"),
}
"""Share of the replies that go by it, and the bias the calibration must name. Every judge has 10 % noise besides."""


def trials(judge: BiasedJudge, n: int = ANCHORS, seed: int = 0) -> list[Trial]:
    """Anchors as the operators make them: right or wrong answers are longer, decorated and own by lot."""
    rng, found = Random(f"anchors {seed}"), list[Trial]()
    for i in range(n):
        side: dict[str, Any] = {"length": rng.choice("ab"), "format": rng.choice("ab"), "own": rng.choice("ab")}
        if i % 2:
            del side["own"]
        truth: Any = rng.choice("ab")
        texts = {name: text(name, name == truth, side) for name in "ab"}
        votes = [said(judge, i, texts[one], texts[other]) for one, other in ("ab", "ba")]
        found.append(Trial(forward=votes[0], backward=turned(votes[1]), truth=truth, traits=side))
    return found


def text(name: str, is_right: bool, side: dict[str, str]) -> str:
    words = "It is 7." if is_right else "It is 8."
    words = f"{'Somebody has thought about it for long. ' * 2}{words}" if side.get("length") == name else words
    words = f"**Answer** {words}" if side.get("format") == name else words
    return f"{words} Yours truly." if side.get("own") == name else words


def said(judge: BiasedJudge, number: int, first: str, second: str) -> Any:
    reply = judge(Prompt(name="win_rate/compare", fields={"task": f"{number}", "first": first, "second": second}), 0)
    return PLACES.get(reply.removeprefix("winner: "))


def judge(seed: int = 0, /, **rates: float) -> BiasedJudge:
    def better(prompt: Prompt) -> str:
        return "first" if "It is 7." in prompt.fields["first"] else "second"

    more: Any = {"noise": 0.1, **rates}
    return BiasedJudge(better=better, mine=lambda text: "Yours truly" in text, seed=seed, **more)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bias_is_exposed_within_100_anchors(planted: str):
    rates, name = PLANTED[planted]
    found = calibrate(trials(judge(**rates)))
    assert found.accused == (name,)
    assert found.biases[name].low > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_it_is_exposed_whatever_the_seed(planted: str):
    rates, name = PLANTED[planted]
    exposed = [name in calibrate(trials(judge(s, **rates), seed=s)).accused for s in SEEDS]
    assert sum(exposed) / len(SEEDS) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.2, 0.6])
def test_a_judge_without_bias_is_not_accused(noise: float):
    accused = [calibrate(trials(judge(s, noise=noise), seed=s)).accused for s in SEEDS]
    assert sum(map(bool, accused)) <= 0.05 * len(SEEDS) + 7  # 5 % of the calibrations, and two standard errors


def test_a_few_judges_without_bias_are_not_accused():
    assert not [s for s in range(8) if calibrate(trials(judge(s), seed=s)).accused]


def test_the_figures_of_a_small_set_by_hand():
    sides: list[tuple[Any, Any, Any]] = [
        ("a", "a", "a"),
        ("a", "b", "a"),
        ("b", "b", "b"),
        ("tie", "b", "b"),
        (None, "a", "a"),
    ]
    found = calibrate([Trial(forward=f, backward=b, truth=t) for f, b, t in sides])
    # the better one first: a-, a-, (b: backward) b, b, and None; second: a, b, b, tie, a
    assert found.first.value == pytest.approx((1 + 1 + 1 + 1 + 0.5) / 5)
    assert found.second.value == pytest.approx((1 + 0 + 1 + 0.5 + 1) / 5)
    assert found.both.value == pytest.approx((1 + 0.5 + 1 + 0.5 + 0.5) / 5)
    assert found.consistency.value == 2 / 5
    assert found.unread.value == pytest.approx(0.1)
    # places: 0, 1, 0, 1/2
    assert found.biases["position"].value == pytest.approx(1.5 / 4)
    assert found.kappa
    assert found.kappa.value == pytest.approx(1.0)  # of the two that name an answer


def test_the_names_of_the_answers_do_not_matter():
    there = trials(judge(first=0.4, longer=0.2))
    back = [swapped(trial) for trial in there]
    one, other = calibrate(there), calibrate(back)
    assert (one.first, one.second, one.both, one.consistency) == (
        other.first,
        other.second,
        other.both,
        other.consistency,
    )
    assert {name: found.value for name, found in one.biases.items()} == pytest.approx(
        {name: found.value for name, found in other.biases.items()}
    )


def swapped(trial: Trial) -> Trial:
    traits: dict[str, Any] = {name: turned(side) for name, side in trial.traits.items()}
    truth: Any = turned(trial.truth)
    return Trial(forward=turned(trial.backward), backward=turned(trial.forward), truth=truth, traits=traits)


def test_a_judge_that_has_become_another_one_raises_the_alarm():
    before = trials(judge())
    assert not drifted(before, trials(judge())).alarm
    for worse in ({"first": 0.5}, {"noise": 0.7}, {"mute": 0.2}):
        found = drifted(before, trials(judge(**worse)))
        assert found.alarm, worse
        assert found.chance < 0.01
    fell = drifted(before, trials(judge(noise=0.7))).changes["right"]
    assert fell.high < 0


@pytest.mark.slow
def test_false_alarms_of_noise_alone():
    """A judge as noisy as ever, with other noise: the sign test holds its level over 200 seeds."""
    alarms = [drifted(trials(judge(s, noise=0.3)), trials(judge(seed=s + 1000, noise=0.3)), 0.05).alarm for s in SEEDS]
    assert sum(alarms) <= 0.05 * len(SEEDS)


def test_the_sign_test_by_hand():
    assert sign_test([1, 1, 1, 1, 1, 0, 0]) == 2 / 32
    assert sign_test([1, -1, 1, -1]) == 1.0
    assert sign_test([]) == 1.0
    assert sign_test([-0.5] * 3 + [1.0]) == pytest.approx(2 * (1 + 4) / 16)


def test_weights_are_log_odds_and_chance_weighs_nothing():
    good, fair, poor, perfect = (calibrate(trials(judge(noise=noise))) for noise in (0.1, 0.5, 1.0, 0.0))
    assert weight(poor) == 0 == weight(calibrate(trials(judge(first=1.0))))
    assert 0 < weight(fair) < weight(good) <= weight(perfect) < 4.6
    share = (fair.both.value * 100 + 1) / 102
    assert weight(fair) == pytest.approx(math.log(share / (1 - share)))


def test_several_judges_vote_by_weight():
    assert combined(["a", "b", "b"], [3.0, 1.0, 1.0]) == "a"
    assert combined(["a", "b", "b"], [2.0, 1.0, 1.0]) == "tie"
    assert combined(["a", "b", None], [0.0, 1.0, 5.0]) == "b"
    assert combined([None, "a"], [1.0, 0.0]) is None
    assert combined(["tie", "tie"], [1.0, 2.0]) == "tie"


def test_two_good_judges_are_better_than_one_and_a_poor_one_does_no_harm():
    judges = [judge(1, noise=0.4), judge(2, noise=0.4), judge(3, noise=0.4), judge(4, noise=1.0)]
    found = [trials(each, n=400) for each in judges]
    weights = [weight(calibrate(some[:100])) for some in found]
    assert weights[3] == 0
    alone, together, even = (right(found, each) for each in ([1, 0, 0, 0], weights, [1, 1, 1, 1]))
    assert together > alone + 0.03
    assert together >= even


def right(found: list[list[Trial]], weights: Sequence[float]) -> float:
    votes = [combined([some[i].forward for some in found], weights) for i in range(100, 400)]
    return sum(vote == found[0][i + 100].truth for i, vote in enumerate(votes)) / len(votes)


def test_nothing_to_calibrate_on():
    with pytest.raises(ValueError, match="at least one item"):
        calibrate([])
    assert isinstance(calibrate(trials(judge(), n=1)), Calibration)
