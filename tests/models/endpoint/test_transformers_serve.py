"""A real server that is not ours: `transformers serve` with a tiny model that is made on the spot."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow
needed = [name for name in ("torch", "transformers", "fastapi", "uvicorn", "openai") if find_spec(name) is None]

MAKE = """
import sys
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

letters = ["<pad>", "<eos>", "<unk>", *map(chr, range(32, 127)), "\\n"]
tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(letters)}, unk_token="<unk>"))
tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Split("", "isolated"), decoders.Fuse()
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>", pad_token="<pad>", unk_token="<unk>")
fast.chat_template = "{% for m in messages %}{{ m['content'] }}\\n{% endfor %}"
fast.save_pretrained(sys.argv[1])
torch.manual_seed(0)
shape = dict(vocab_size=len(letters), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
             num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=1024)
model = LlamaForCausalLM(LlamaConfig(**shape, eos_token_id=1, pad_token_id=0))
model.generation_config.max_new_tokens = 12
model.save_pretrained(sys.argv[1])
"""
FEW = ("evaluation.samples=0", "evaluation.limit=2", "evaluation.protected=0")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random weights and a tokenizer of letters."""
    if needed:
        pytest.skip(f"needs {', '.join(needed)}")
    folder = tmp_path_factory.mktemp("models") / "tiny"
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def url(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where the server answers, until the tests are over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "serve.txt"
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    words = [str(Path(sys.executable).parent / "transformers"), "serve", str(model), "--continuous-batching"]
    words += ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=out, env=offline) as server:
        try:
            deadline = time.monotonic() + 480
            while not answers(port):
                assert server.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < deadline, f"no answer in 8 minutes: {log.read_text()[-2000:]}"
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except OSError:
        return False


def lamarck(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lamarck", *words], cwd=home, capture_output=True, text=True, check=False, timeout=600
    )


def test_a_run_on_it_records_every_answer_once(url: str, model: Path, tmp_path: Path):
    sets = [word for each in FEW for word in ("--set", each)]
    name = f"openai/{model}"
    words = ("run", "rest_em", "--learner", name, "--base-url", url, "--environment", "game24", "--until", "feedback")
    done = lamarck(
        tmp_path, *words, "--tasks-limit", "4", "--samples", "3", "--out", "mine", *sets, "--endpoint", "first_s=60"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with sqlite3.connect(tmp_path / "runs/mine/calls.sqlite") as at:
        found = at.execute("SELECT count(*), count(DISTINCT key), min(state) FROM calls").fetchone()
        ((sends,),) = at.execute("SELECT sum(sends) FROM calls").fetchall()
        ((faults,),) = at.execute(
            "SELECT count(*) FROM faults"
        ).fetchall()  # its first calls may stall while it warms up
        texts = [json.loads(body)["completion"] for (body,) in at.execute("SELECT body FROM calls")]
    at.close()
    calls = 4 * 3 + 2  # n is sent as n calls; the base is evaluated on two puzzles
    assert found == (calls, calls, "done")
    assert sends == calls + faults
    assert all(tokens > 0 for tokens in texts)
    rows = pq.read_table(tmp_path / "runs/mine/rounds/001/experiences.parquet")
    assert rows.num_rows == 12
    again = lamarck(tmp_path, "resume", "mine")
    assert again.returncode == 0, again.stderr


def test_the_doctor_finds_out_what_it_can(url: str, model: Path, tmp_path: Path):
    words = ("doctor", "--model", f"openai/{model}", "--base-url", url)
    said = lamarck(tmp_path, *words, "--endpoint", "first_s=500")  # its first answer may take minutes
    assert said.returncode == 0, said.stdout + said.stderr
    assert "answers at 127.0.0.1" in said.stdout
    assert "cannot, or does not say: " in said.stdout
    lacks = said.stdout.rpartition("cannot, or does not say: ")[2]
    assert "n," in lacks
    assert "logprobs" in lacks
