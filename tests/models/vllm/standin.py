"""A program that is started as if it were vLLM and speaks the same endpoints, with a small invented model behind them.

What a version says depends on its name and the tokens before, so that a test knows who answered. It reads its faults
from the variable STANDIN (JSON) and writes what it is asked into the file STANDIN_SEEN, a JSON line each.
"""

import argparse
import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SIZE, END, POSITIONS = 300, 1, 96
MARK = "token_id:"


def logprobs(version: str, ids: Sequence[int]) -> list[float]:
    """Of each token after these, for this version."""
    rng = random.Random(hashlib.sha256(f"{version} {list(ids)}".encode()).digest())
    logits = [rng.uniform(0.0, 8.0) for _ in range(SIZE)]
    logits[0] = -20.0
    top = max(logits)
    total = top + math.log(sum(math.exp(one - top) for one in logits))
    return [one - total for one in logits]


def next_token(version: str, ids: Sequence[int], temperature: float, rng: random.Random) -> int:
    """Greedy at temperature 0, else drawn."""
    values = logprobs(version, ids)
    if temperature == 0:
        return max(range(SIZE), key=lambda token: values[token])
    return rng.choices(range(SIZE), [math.exp(value / temperature) for value in values])[0]


def written(version: str, body: Mapping[str, Any]) -> list[int]:
    """The tokens of an answer."""
    rng, ids = random.Random(body.get("seed")), list(body["prompt"])
    for _ in range(int(body["max_tokens"])):
        ids.append(next_token(version, ids, float(body["temperature"]), rng))
        if ids[-1] in body.get("stop_token_ids", ()):
            break
    return ids[len(body["prompt"]) :]


def spelled(choice: str) -> list[int]:
    """A text as tokens of the tests' tokenizer: a byte each."""
    return [2 + byte for byte in choice.encode()]


def completion(version: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A reply as vLLM's, its tokens by number."""
    prompt, k = list(body["prompt"]), int(body["logprobs"])
    choices = body.get("structured_outputs", {}).get("choice")
    new = [*spelled(choices[int(body["seed"]) % len(choices)]), END] if choices else written(version, body)
    shown = [*prompt, *new] if body.get("echo") else new
    first = 0 if body.get("echo") else len(prompt)
    told: dict[str, list[Any]] = {"tokens": [], "token_logprobs": [], "top_logprobs": []}
    for at, token in enumerate(shown):
        before = [*prompt, *new][: first + at]
        values = logprobs(version, before)
        top = sorted(range(SIZE), key=lambda one: -values[one])[:k]
        known = bool(before)
        told["tokens"].append(f"{MARK}{token}")
        told["token_logprobs"].append(values[token] if known else None)
        told["top_logprobs"].append({f"{MARK}{one}": values[one] for one in {token, *top}} if known else None)
    choice = {"index": 0, "text": "", "logprobs": told, "finish_reason": "stop" if new[-1:] == [END] else "length"}
    usage = {"prompt_tokens": len(prompt), "completion_tokens": len(new)}
    return {"model": body["model"], "choices": [choice], "usage": usage}


class Standin(ThreadingHTTPServer):
    """The server and what it knows."""

    daemon_threads = True

    def __init__(self, port: int, name: str, root: str, lora: bool) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.name, self.root, self.lora = name, root, lora
        self.adapters = dict[str, str]()
        self.asleep, self.calls = False, 0
        self.do: dict[str, Any] = json.loads(os.environ.get("STANDIN", "{}"))
        self.lock = threading.Lock()

    def seen(self, **what: Any) -> None:
        """Write down what was met."""
        if path := os.environ.get("STANDIN_SEEN"):
            with self.lock, Path(path).open("a") as file:
                file.write(json.dumps(what) + "\n")


class Handler(BaseHTTPRequestHandler):
    """One call."""

    @property
    def at(self) -> "Standin":
        """The server, by its own type."""
        assert isinstance(self.server, Standin)
        return self.server

    def do_GET(self) -> None:
        if self.path == "/health":
            self.reply(200, b"")
        elif self.path == "/v1/models" and self.allowed():
            whole = {"id": self.at.name, "root": self.at.root, "parent": None, "max_model_len": POSITIONS}
            worn = [{"id": name, "root": path, "parent": self.at.name} for name, path in self.at.adapters.items()]
            self.reply(200, json.dumps({"object": "list", "data": [*worn, whole]}).encode())
        else:
            self.reply(404, b'{"detail": "Not Found"}')

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body: dict[str, Any] = json.loads(raw or b"{}")
        if self.path.startswith("/v1") and not self.allowed():
            return
        self.at.seen(path=self.path, **body)
        match self.path.partition("?")[0]:
            case "/v1/completions":
                self.complete(body)
            case "/v1/load_lora_adapter" if self.at.lora:
                self.load(body["lora_name"], body["lora_path"])
            case "/v1/unload_lora_adapter" if self.at.lora:
                found = self.at.adapters.pop(body["lora_name"], None)
                self.reply(200 if found else 404, b"Success" if found else b'{"error": {"message": "cannot be found"}}')
            case "/sleep" | "/wake_up" if os.environ.get("VLLM_SERVER_DEV_MODE") == "1":
                self.at.asleep = self.path.startswith("/sleep")
                self.reply(200, b"")
            case _:
                self.reply(404, b'{"detail": "Not Found"}')

    def load(self, name: str, path: str) -> None:
        """As vLLM answers: words, or an error as JSON."""
        if name in self.at.adapters:
            self.reply(400, b'{"error": {"message": "The lora adapter has already been loaded."}}')
        elif "refused" in Path(path).name:
            self.reply(500, b'{"error": {"message": "LoRA rank 64 is greater than max_lora_rank 16."}}')
        else:
            self.at.adapters[name] = path
            self.reply(200, f"Success: LoRA adapter '{name}' added successfully.".encode())

    def complete(self, body: dict[str, Any]) -> None:
        """An answer, unless a fault is due."""
        with self.at.lock:
            self.at.calls += 1
            calls = self.at.calls
        mark = Path(str(self.at.do.get("once") or os.devnull))
        if calls > int(self.at.do.get("die_after", 1_000_000)) and not mark.is_file():
            if mark != Path(os.devnull):
                mark.write_text("died")
            print("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", flush=True)
            os._exit(3)
        if self.at.asleep:
            self.reply(500, b'{"error": {"message": "the engine sleeps"}}')
        elif body["model"] not in (self.at.name, *self.at.adapters):
            self.reply(404, json.dumps({"error": {"message": f"The model `{body['model']}` does not exist."}}).encode())
        elif len(body["prompt"]) + 1 > POSITIONS:
            self.reply(400, b'{"error": {"message": "This model\'s maximum context length is 96 tokens."}}')
        else:
            answer = completion(body["model"], body)
            self.reply(200, json.dumps({**answer, **self.at.do.get("answer", {})}).encode())

    def allowed(self) -> bool:
        """Whether the call has the key."""
        key = os.environ.get("VLLM_API_KEY")
        if not key or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        self.reply(401, b'{"error": "Unauthorized"}')
        return False

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json" if body[:1] == b"{" else "text/plain")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> None:
    do: dict[str, Any] = json.loads(os.environ.get("STANDIN", "{}"))
    if text := do.get("fails"):
        print(text, flush=True)
        sys.exit(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", dest="module")
    parser.add_argument("serve")
    parser.add_argument("folder")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--served-model-name", dest="name", default="the-model")
    parser.add_argument("--enable-lora", action="store_true")
    asked, _ = parser.parse_known_args()
    if do.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "600"]) if do.get("child") else None
    if do.get("deaf"):
        time.sleep(600)
    server = Standin(asked.port, asked.name, asked.folder, asked.enable_lora)
    server.seen(words=sys.argv[1:], pid=os.getpid(), child=child and child.pid)
    print(f"INFO 11-28 10:00:00 [api_server.py:1] serving {asked.folder}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
