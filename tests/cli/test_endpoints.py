"""Runs, plans and the doctor with models behind an endpoint of this machine, from the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lamarck.cli.endpoints import said
from lamarck.core import UsageError
from lamarck.testing.server import Script, Served, serve

Lamarck = Callable[..., Any]
SECRET = "sk-canary-7f3a9c5e"
WORLD = """
from lamarck.testing import ToyEnvironment

def environment():
    return ToyEnvironment(n=6)
"""
QUICK = "base_s=0.01,longest_s=0.05,timeout_s=5,tries=3"


def small(*more: str, learner: str = "openai/m", recipe: str = "rest_em") -> tuple[str, ...]:
    sets = ("samples=1", "protected=2", "protected_at_end=2", "limit=3")
    changed = [word for each in sets for word in ("--set", f"evaluation.{each}")]
    return ("run", recipe, "--learner", learner, "--environment", "world.py", "--samples", "2", *changed, *more)


@pytest.fixture
def served(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    Path("world.py").write_text(WORLD)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with serve(Script()) as running:
        yield running


def at(served: Served) -> tuple[str, ...]:
    return ("--base-url", served.url, "--endpoint", QUICK)


def test_every_answer_of_a_run_is_recorded_once_and_going_on_asks_nothing(lamarck: Lamarck, served: Served):
    done = lamarck(*small(*at(served), "--until", "feedback", "--out", "mine"))
    assert done.code == 0, done.err
    asked = dict(served.asked)
    assert set(asked.values()) == {1}
    with sqlite3.connect("runs/mine/calls.sqlite") as journal:
        found = journal.execute("SELECT count(*), count(DISTINCT key), min(state), min(sends), max(sends) FROM calls")
        assert found.fetchone() == (len(asked), len(asked), "done", 1, 1)
    journal.close()
    for path in Path("runs/mine/rounds").rglob("*.parquet"):  # the phases are made again, the calls are not
        path.unlink()
    again = lamarck("resume", "mine", "--repair")
    assert (again.code, dict(served.asked)) == (0, asked), again.err


def test_a_learner_behind_an_endpoint_is_not_trained_and_nothing_is_asked(lamarck: Lamarck, served: Served):
    refused = lamarck(*small(*at(served), "--out", "mine"))
    assert refused.code == 2
    assert "rest_em.updating: SFT needs a model that can train, which openai/m cannot" in refused.line
    assert "hf/<model> or pupil/<name>" in refused.line
    assert not served.asked
    assert not Path("runs").exists()


def test_a_run_over_its_budget_pauses_and_goes_on_with_more(lamarck: Lamarck, served: Served):
    paused = lamarck(*small(*at(served), "--until", "feedback", "--out", "mine", "--budget", "calls=5"))
    assert paused.code == 4
    assert "the budget of 5 calls does not allow one more call" in paused.line
    assert "--budget calls=10" in paused.line
    assert sum(served.asked.values()) == 5
    still = lamarck("resume", "mine")
    assert (still.code, sum(served.asked.values())) == (4, 5)
    done = lamarck("resume", "mine", "--budget", "calls=1000")
    assert done.code == 0, done.err
    assert set(served.asked.values()) == {1}


def test_money_is_limited_only_where_somebody_says_what_things_cost(lamarck: Lamarck, served: Served):
    far = ("--base-url", "https://models.example/v1", "--until", "feedback", "--budget", "usd=1")
    refused = lamarck(*small(*far))
    assert refused.code == 2
    assert "nobody says what m costs at models.example" in refused.line
    Path("mine.toml").write_text("[usd]\nm = [1000.0, 1000.0]\n")
    priced = f"{QUICK},prices=mine.toml"
    near = ("--base-url", served.url, "--endpoint", priced, "--until", "feedback", "--budget", "usd=0.02", "--out", "b")
    assert "the budget of 0.02 USD" in lamarck(*small(*near)).line


def test_an_endpoint_that_fails_pauses_the_run_and_another_address_goes_on(lamarck: Lamarck, served: Served):
    with serve(Script(faults={"error": 1.0})) as down:
        paused = lamarck(*small(*at(down), "--until", "feedback", "--out", "mine"))
    assert paused.code == 4
    assert "HTTP 500: internal error" in paused.line
    assert "type: lamarck resume" in paused.line
    done = lamarck("resume", "mine", "--base-url", served.url)
    assert done.code == 0, done.err
    assert json.loads(Path("runs/mine/run.json").read_text())["providers"]["openai"]["base_url"] == served.url


def test_answers_of_several_models_are_recorded_under_their_names(lamarck: Lamarck, served: Served):
    done = lamarck(*small(*at(served), "--until", "feedback", "--out", "mine", learner="openai/a,openai/b"))
    assert done.code == 0, done.err
    (path,) = Path("runs/mine/rounds/001").glob("experiences.parquet")
    authors = list(map(str, pq.read_table(path).column("author").to_pylist()))
    assert sorted(set(authors)) == ["openai/a", "openai/b"]
    assert authors.count("openai/a") == authors.count("openai/b") == 6


def test_a_plan_asks_nobody_and_says_what_the_run_then_asks(lamarck: Lamarck, served: Served):
    words = small(*at(served), "--until", "feedback")
    plan = json.loads(lamarck("plan", *words[1:], "--json").out)
    assert not served.asked
    assert not Path("runs").exists()
    assert lamarck(*words, "--out", "mine").code == 0
    calls, total = sum(served.asked.values()), plan["total"]
    assert total["calls"]["value"] == calls
    assert total["usd"]["value"] == 0.0
    with sqlite3.connect("runs/mine/calls.sqlite") as journal:
        ((read, written),) = journal.execute("SELECT sum(prompt), sum(completion) FROM calls")
    journal.close()
    again = json.loads(lamarck("plan", *words[1:], "--json").out)["total"]
    assert again["read"]["low"] <= read <= again["read"]["high"]
    assert again["written"]["low"] <= written <= again["written"]["high"]
    assert again["written"]["high"] < total["written"]["high"]  # calibrated by the run
    told = lamarck("plan", *words[1:], "--budget", "calls=3")
    assert "the budget calls=3 will not do" in told.out


def test_a_plan_counts_an_equal_call_once_as_the_journal_does(lamarck: Lamarck, served: Served):
    words = small(*at(served), "--gate", "off", recipe="mot")[1:]  # nothing is remembered: all versions ask the same
    calls = json.loads(lamarck("plan", *words, "--json").out)["total"]["calls"]
    assert lamarck("run", *words, "--out", "mine").code == 0
    assert calls["value"] == sum(served.asked.values())


def test_a_plan_refuses_what_the_run_would_refuse(lamarck: Lamarck, served: Served):
    refused = lamarck("plan", *small(*at(served))[1:])
    assert (refused.code, "SFT needs a model that can train" in refused.line) == (2, True)


def test_the_doctor_says_who_answers_what_they_can_and_how_fast(lamarck: Lamarck, served: Served):
    said = lamarck("doctor", "--model", "openai/m", "--base-url", served.url)
    assert said.code == 0, said.out
    assert "ok      openai/m: answers at 127.0.0.1:" in said.out
    assert "tokens a second" in said.out
    assert "can n, seed, logprobs, schema, tools, embeddings, top_k, stream" in said.out
    assert "cannot, or does not say: models, images, score, distributions (n is sent as n calls)" in said.out
    gone = lamarck("doctor", "--model", "openai/m", "--base-url", "http://127.0.0.1:9/v1")
    assert gone.code == 1
    assert "missing openai/m: does not answer" in gone.out
    assert "no connection to 127.0.0.1:9" in gone.out


def test_a_key_is_nowhere(lamarck: Lamarck, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run, a pause, a refusal, a plan, a doctor, a crash: the servers repeat the key wherever they can."""
    crashing = f"{WORLD}\nimport os\nraise RuntimeError('used ' + os.environ['OPENAI_API_KEY'])\n"
    Path("crashing.py").write_text(crashing)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # where crashes are told
    with serve(Script(answer=lambda _body: f"your key is {SECRET}")) as telling, serve(Script(key="other")) as refusing:
        heard = [
            lamarck(*small(*at(telling), "--until", "feedback", "--out", "told")),
            lamarck(*small(*at(refusing), "--until", "feedback", "--out", "refused")),
            lamarck("resume", "refused"),
            lamarck(*[("crashing.py" if word == "world.py" else word) for word in small(*at(telling))]),
            lamarck("plan", *small(*at(telling), "--until", "feedback")[1:]),
            lamarck("doctor", "--model", "openai/m", "--base-url", refusing.url),
            lamarck("report", "told"),
            lamarck("lineage", "told"),
            lamarck(*small("--base-url", f"http://u:{SECRET}@127.0.0.1/v1", "--until", "feedback")),
            lamarck(*small(*at(telling), "--key-env", SECRET, "--until", "feedback")),
        ]
    assert [each.code for each in heard] == [0, 4, 4, 2, 0, 1, 0, 0, 2, 2]
    assert telling.headers["Authorization"] == f"Bearer {SECRET}"
    assert not [each for each in heard if SECRET in each.out + each.err]
    looked = 0
    for path in tmp_path.rglob("*"):
        if path.is_file():
            looked += 1
            assert SECRET.encode() not in path.read_bytes(), path
        if path.suffix == ".parquet":
            assert SECRET not in json.dumps(pq.read_table(path).to_pylist(), default=str), path
    assert looked > 20
    assert "used ***" in heard[3].err
    assert "***" in json.dumps(pq.read_table("runs/told/rounds/001/experiences.parquet").to_pylist(), default=str)


def test_a_crash_tells_no_key(lamarck: Lamarck, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("LAMARCK_DEBUG", "1")

    def failing(*_: object) -> None:
        raise RuntimeError(f"the header was Bearer {SECRET}")

    monkeypatch.setattr("lamarck.models.endpoint.target.Target.body", failing)
    crashed = lamarck(*small(*at(served), "--until", "feedback", "--out", "mine"))
    assert crashed.code == 1
    assert "unexpected RuntimeError: the header was Bearer ***" in crashed.err
    assert SECRET not in crashed.err
    assert list(tmp_path.rglob("*crash*.txt"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_what_is_said_of_endpoints_is_read_or_refused():
    found = said(
        "http://a", ["b", "c@http://d"], ["K", "h:1=L"], ["limit=8,stream=false", "cache=~/x"], {"vllm": {"a": 1}}
    )
    assert found["vllm"] == {"a": 1}
    assert found["openai"] == {
        "base_url": "http://a",
        "fallbacks": ["b", "c@http://d"],
        "keys": {"": "K", "h:1": "L"},
        "limit": 8,
        "stream": False,
        "cache": "~/x",
    }
    for endpoint, keys in ((["limit"], None), (["=3"], None), (None, ["sk-123"])):
        with pytest.raises(UsageError, match="give") as refused:
            said(None, None, keys, endpoint, {})
        assert "sk-123" not in str(refused.value)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("limits=3", "did you mean limit"),
        ("limit=0", "above 0"),
        ("limit=many", "is no int"),
        ("tries=0.5", "is no int"),
    ],
)
def test_an_option_that_is_none_is_named(lamarck: Lamarck, served: Served, option: str, said: str):
    refused = lamarck(*small("--base-url", served.url, "--endpoint", option, "--until", "feedback"))
    assert (refused.code, said in refused.line) == (2, True), refused.err


def test_a_configuration_says_the_same(lamarck: Lamarck, served: Served):
    Path("run.toml").write_text(
        f'recipe = "rest_em"\nlearner = "openai/m"\nenvironment = "world.py"\nuntil = "feedback"\nsamples = 1\n'
        f'budget = "calls=2"\n[providers.openai]\nbase_url = "{served.url}"\nlimit = 2\n'
    )
    paused = lamarck("run", "--config", "run.toml")
    assert (paused.code, sum(served.asked.values())) == (4, 2), paused.err
    assert served.most <= 2
