"""The server that fails on purpose: what it is told to do, it does, to the same calls each time."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from random import Random
from typing import Any

import pytest

from lamarck.core import UsageError
from lamarck.testing.server import FAULTS, Script, constant, log_uniform, serve


def post(url: str, path: str = "/chat/completions", **body: Any) -> Any:
    request = urllib.request.Request(f"{url}{path}", json.dumps({"model": "m", **body}).encode())
    with urllib.request.urlopen(request, timeout=10) as reply:
        raw = reply.read()
    return raw.decode() if body.get("stream") else json.loads(raw)


def chat(url: str, text: str, **more: Any) -> Any:
    return post(url, messages=[{"role": "user", "content": text}], **more)


def test_an_answer_depends_on_prompt_and_seed_alone():
    with serve() as served:
        one, same, other = chat(served.url, "q", seed=1), chat(served.url, "q", seed=1), chat(served.url, "q", seed=2)
    assert one["choices"][0]["message"] == same["choices"][0]["message"] != other["choices"][0]["message"]
    assert one["usage"]["total_tokens"] == one["usage"]["prompt_tokens"] + one["usage"]["completion_tokens"]
    assert sorted(served.asked.values()) == [1, 2]


def test_a_stream_says_what_the_whole_says():
    with serve() as served:
        whole = chat(served.url, "q", seed=1)["choices"][0]["message"]["content"]
        events = [line[6:] for line in chat(served.url, "q", seed=1, stream=True).splitlines() if line]
    assert events[-1] == "[DONE]"
    deltas = [json.loads(event)["choices"][0] for event in events[:-1]]
    assert "".join(delta["delta"].get("content", "") for delta in deltas) == whole
    assert deltas[-1]["finish_reason"] == "stop"


def test_faults_meet_their_share_of_sendings_and_the_same_ones_again():
    script = Script(faults={"error": 0.2, "html": 0.1}, seed=3)
    met = Counter(script.fault(f"prompt {i}", 0) for i in range(5000))
    assert met["error"] == pytest.approx(1000, abs=120)
    assert met["html"] == pytest.approx(400, abs=80)  # a tenth of those without an error
    assert [script.fault("p", n) for n in range(50)] == [
        Script(faults=script.faults, seed=3).fault("p", n) for n in range(50)
    ]
    assert len({script.fault("p", n) for n in range(50)}) > 1


def test_a_poisoned_prompt_fails_whenever_it_is_sent():
    script = Script(faults={"poison": 0.5})
    for prompt in map(str, range(20)):
        assert len({script.fault(prompt, n) for n in range(20)}) == 1


@pytest.mark.parametrize(
    ("fault", "status"), [("busy_date", 429), ("error", 500), ("unauthorized", 401), ("too_long", 400)]
)
def test_a_status_is_what_it_is_called(fault: str, status: int):
    with serve(Script(faults={fault: 1.0})) as served, pytest.raises(urllib.error.HTTPError) as refused:
        chat(served.url, "q")
    assert refused.value.code == status
    assert (refused.value.headers["Retry-After"] is not None) is (status == 429)
    refused.value.close()


def test_what_is_no_fault_is_named():
    with pytest.raises(UsageError, match="did you mean error"):
        Script(faults={"eror": 0.1})
    with pytest.raises(UsageError, match="give 0 to 1"):
        Script(faults={"error": 1.5})
    assert len(set(FAULTS)) == len(FAULTS) > 20


def test_latencies_are_spread_as_they_are_called():
    rng, draw = Random(1), log_uniform(0.01, 1.0)
    drawn = sorted(draw(rng) for _ in range(4000))
    assert drawn[0] >= 0.01
    assert drawn[-1] <= 1.0
    assert drawn[2000] == pytest.approx(0.1, rel=0.15)  # the middle in orders of magnitude
    assert constant(0.3)(rng) == 0.3


def test_embeddings_completions_and_models_are_there():
    with serve(Script(knows=("echo",), model="m")) as served:
        assert len(post(served.url, "/embeddings", input=["a", "b"])["data"]) == 2
        told = post(served.url, "/completions", prompt="one two", echo=True)["choices"][0]["logprobs"]
        with urllib.request.urlopen(f"{served.url}/models", timeout=10) as reply:
            assert json.loads(reply.read())["data"][0]["id"] == "m"
    assert told["tokens"][:2] == ["one", " two"]
    assert told["token_logprobs"][0] is None


def test_it_is_a_tool_of_the_shell_too():
    asked = [sys.executable, "-m", "lamarck.testing.server", "--faults", "eror=0.1"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, "did you mean error" in done.stderr) == (2, True)
