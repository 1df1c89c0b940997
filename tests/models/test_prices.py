"""What tokens cost, by whose word."""

from pathlib import Path

import pytest

from lamarck.core import UsageError
from lamarck.models.prices import Price, listed, load


def test_the_listed_prices_say_when_and_where_they_were_read():
    prices = listed()
    assert prices.date
    assert prices.source.startswith("https://")
    price = prices.of("gpt-5-mini-2025-08-07")
    assert price == prices.of("gpt-5-mini")
    assert price
    assert price.of(1e6, 1e6) == pytest.approx(2.25)
    assert prices.of("gpt-5-mini-audio") is None


def test_a_users_own_table_is_read(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('[usd]\n"my/model:7b" = [0.5, 1]\n')
    assert load(path).of("my/model:7b") == Price(read=0.5, written=1.0)


@pytest.mark.parametrize(
    "text",
    ["", "[usd", "usd = 3", '[usd]\n"m" = 1', '[usd]\n"m" = [1]', '[usd]\n"m" = [1, -1]', '[usd]\n"m" = ["a", "b"]'],
)
def test_a_table_that_is_none_is_named(tmp_path: Path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"mine\.toml"):
        load(path)
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.toml")
