"""Money is held before a call and settled after it, by a user's own prices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.models.endpoint.bench import Bench, requests

from lamarck.core import PausedRun
from lamarck.models.budget import Budget
from lamarck.models.endpoint.journal import spent_in
from lamarck.testing.server import constant

LIMIT = 8


def long(_body: Mapping[str, Any]) -> str:
    """Four times what is held for an answer whose length nobody knows yet."""
    return "word " * 2048


def test_money_is_passed_by_no_more_than_the_calls_in_flight(bench: Bench, tmp_path: Path):
    prices = tmp_path / "prices.toml"
    prices.write_text("[usd]\nm = [0.0, 1000.0]\n")
    served, budget = bench.serve(answer=long, latency=constant(0.01)), Budget(limits={"usd": 6.0})
    provider = bench.provider(served, budget=budget, prices=str(prices), limit=LIMIT)
    with pytest.raises(PausedRun, match=r"the budget of 6 USD does not allow one more call"):
        provider.open(provider.find("m")).generate(requests(60))
    provider.close()
    each = 2.048
    assert served.most <= LIMIT
    assert 6.0 - each < sum(served.asked.values()) * each <= 6.0 + LIMIT * each
    assert spent_in(bench.folder).usd <= 6.0 + LIMIT * each
