"""How many calls at once, when an endpoint is given up, and which faults are worth another sending."""

import asyncio
import time
from email.utils import formatdate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamarck.models.endpoint.breaker import WINDOW as LOOKED
from lamarck.models.endpoint.breaker import Breaker
from lamarck.models.endpoint.faults import of_status, plain, retry_after
from lamarck.models.endpoint.pacing import COHORT, Pace, Slots

EVENTS = st.lists(
    st.tuples(st.sampled_from(["answered", "refused"]), st.floats(0.001, 100.0), st.floats(0.0, 60.0)), max_size=300
)


def answers(pace: Pace, *seconds: float) -> None:
    for each in seconds:
        pace.answered(pace.sent(), each)


def test_the_limit_rises_to_the_most_while_latency_holds():
    pace = Pace(most=64)
    assert pace.limit == 48
    answers(pace, *[0.5] * 20)
    assert pace.limit == 64


def test_short_answers_that_come_first_do_not_make_the_long_ones_look_slow():
    pace, rng = Pace(most=64), Random(1)
    flying: list[tuple[float, float, int]] = []
    now = 0.0
    for _ in range(5000):
        while len(flying) < int(pace.limit):
            seconds = 0.05 * 40 ** rng.random()
            flying.append((now + seconds, seconds, pace.sent()))
        flying.sort()
        now, seconds, cohort = flying.pop(0)
        pace.answered(cohort, seconds)
    assert pace.limit == 64


def test_a_burst_of_refusals_cuts_once_and_later_ones_again():
    pace = Pace(most=64)
    for _ in range(20):
        pace.refused(10.0, 9.0, 0.5)
    assert pace.limit == pytest.approx(48 * 0.7)
    assert pace.until == 10.5
    pace.refused(12.0, 11.0, 0.0)
    assert pace.limit == pytest.approx(48 * 0.49)
    assert pace.until == 12.0


def test_answers_that_get_slower_stop_the_rise_and_then_lower_the_limit():
    pace = Pace(most=1024)
    answers(pace, *[0.1] * COHORT)
    assert pace.limit == 768 + 2 * COHORT
    answers(pace, *[0.2] * COHORT)
    held = pace.limit
    answers(pace, *[0.2] * COHORT)
    assert pace.limit == held
    answers(pace, *[0.5] * COHORT)
    assert pace.limit < held
    low = pace.limit
    answers(pace, *[0.1] * COHORT * 2)
    assert pace.limit > low


def test_a_few_refusals_among_many_answers_leave_most_of_the_places():
    pace, rng, now = Pace(most=64), Random(1), 0.0
    seen = list[float]()
    for _ in range(4000):
        cohort, now = pace.sent(), now + 0.01
        if rng.random() < 0.03:
            pace.refused(now, now, 0.0)
            pace.failed(cohort)
        else:
            pace.answered(cohort, 0.1)
        seen.append(pace.limit)
    assert sum(seen[1000:]) / 3000 > 10


def test_a_cohort_of_failures_says_nothing_about_time():
    pace = Pace(most=64)
    for _ in range(COHORT * 3):
        pace.failed(pace.sent())
    assert pace.limit == 48
    assert not pace._cohorts  # pyright: ignore[reportPrivateUsage]


@given(events=EVENTS, most=st.integers(1, 512))
def test_whatever_happens_the_limit_stays_between_one_and_the_most(events: list[tuple[str, float, float]], most: int):
    pace, now = Pace(most=most), 0.0
    for kind, seconds, wait in events:
        now += seconds
        if kind == "answered":
            pace.answered(pace.sent(), seconds)
        else:
            pace.refused(now, now - seconds, wait)
        assert 1 <= pace.limit <= most


def test_places_go_to_what_takes_longest_first():
    async def order() -> list[float]:
        slots, got = Slots(Pace(most=2)), list[float]()
        await slots.take()

        async def one(expected: float) -> None:
            await slots.take(expected)
            got.append(expected)
            slots.give()

        waiting = [asyncio.ensure_future(one(expected)) for expected in (1.0, 3.0, 2.0, 3.0)]
        await asyncio.sleep(0)
        slots.give()
        await asyncio.gather(*waiting)
        return got

    assert asyncio.run(order()) == [3.0, 3.0, 2.0, 1.0]


def test_who_waits_no_longer_takes_no_place():
    async def busy() -> int:
        slots = Slots(Pace(most=2))
        await slots.take()
        waiting = asyncio.ensure_future(slots.take())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        slots.give()
        return slots.busy

    assert asyncio.run(busy()) == 0


def test_half_of_the_last_sendings_must_fail():
    breaker = Breaker(share=0.5, cooldown_s=10.0)
    for _ in range(LOOKED // 2):
        breaker.ok()
    for _ in range(LOOKED // 2 - 1):
        assert not breaker.failed("HTTP 500", 0.0)
    assert breaker.failed("HTTP 500", 0.0)
    assert breaker.told() == "25 of the last 50 sendings failed, most often: HTTP 500"
    assert breaker.open(9.9)
    assert not breaker.open(10.1)
    assert not breaker.failures  # judged anew


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad"), (401, "key"), (402, "quota"), (403, "key"), (404, "missing"), (408, "server"), (409, "server"),
     (422, "bad"), (429, "busy"), (500, "server"), (502, "server"), (503, "server"), (504, "server"), (529, "server")],
)  # fmt: skip
def test_which_replies_are_worth_another_sending(status: int, kind: str):
    fault = of_status(status, {"error": {"message": "why"}}, {}, "")
    assert fault.kind == kind
    assert fault.again is (kind in ("server", "busy"))
    assert fault.detail == f"HTTP {status}: why"


def test_an_empty_account_is_not_waited_for():
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    assert of_status(429, body, {"Retry-After": "1"}, "").kind == "quota"


def test_a_wait_is_read_in_both_forms():
    assert retry_after("1.5") == 1.5
    assert retry_after("-5") == 0.0
    assert retry_after("1000000000") == 1e9
    ahead = retry_after(formatdate(time.time() + 30, usegmt=True))
    assert ahead is not None
    assert 28 <= ahead <= 31
    for nothing in (None, "", "soon", "nan", "inf", "Mon, 99 Foo 2026"):
        assert retry_after(nothing) is None


@given(st.text(max_size=2000))
def test_what_a_server_said_is_one_printable_line(text: str):
    line = plain(text)
    assert line.isprintable() or not line
    assert len(line) <= 303
