"""How well a client fills an endpoint, and what it costs: wall time beside the best list schedule, CPU a call.

    python benchmarks/endpoint.py                       # ours and a bare aiohttp loop, 1,000 calls
    python benchmarks/endpoint.py --calls 1000 5000 --busy --peers openai litellm dspy --home ENVIRONMENTS
    python benchmarks/endpoint.py --calls 5000 --busy --only aiohttp lamarck        # a part of it

Latencies are log-uniform between 0.05 and 2 s, fixed by row; at most 64 calls in flight. The server is a process of its
own and does nothing but wait. The best list schedule sends each row in order as soon as one of 64 places is free. Peers
run in environments of their own under a temporary folder; one that does not install is left out and named.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

LEAST, MOST = 0.05, 2.0
LIMIT = 64
PROMPT = "word " * 100
INSTALLED = "installed"
"""A file in a peer's environment that is whole."""

SERVER = """
import asyncio, json, sys
from aiohttp import web
latencies = json.loads(sys.argv[1])
now = most = done = 0
async def chat(request):
    global now, most, done
    body = await request.json()
    now += 1; most = max(most, now)
    await asyncio.sleep(latencies[int(body["messages"][-1]["content"].split()[0])])
    now -= 1; done += 1
    text = "the answer is some words long, and ends here"
    if body.get("stream"):
        piece = lambda delta, finish=None: {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        events = [piece({"role": "assistant", "content": word}) for word in text.split()] + [piece({}, "stop")]
        return web.Response(text="".join(f"data: {json.dumps(e)}\\n\\n" for e in events) + "data: [DONE]\\n\\n",
                            content_type="text/event-stream")
    return web.json_response({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "usage": {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]})
async def stats(request):
    global most, done
    told = {"most": most, "done": done}; most = done = 0
    return web.json_response(told)
app = web.Application()
app.router.add_post("/v1/chat/completions", chat); app.router.add_get("/stats", stats)
async def main():
    runner = web.AppRunner(app, access_log=None); await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""

CLIENT = """
import json, resource, sys, time
url, calls, limit, prompt, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
rows = [f"{i} {prompt}" for i in range(calls)]
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def told(run):
    began, before = time.perf_counter(), cpu()
    answers = run()
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": cpu() - before, "answers": len(answers)}))
"""

WAYS = {
    "aiohttp": """
import aiohttp, asyncio
async def main():
    gate = asyncio.Semaphore(limit)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def one(row):
            async with gate, session.post(url + "/chat/completions", json={"model": "m",
                    "messages": [{"role": "user", "content": row}]}) as reply:
                return (await reply.json())["choices"][0]["message"]["content"]
        return await asyncio.gather(*map(one, rows))
told(lambda: asyncio.run(main()))
""",
    "lamarck": """
import pathlib
from lamarck.core import Message, Prompt, Request
from lamarck.models import Host, Shelf
own = {"base_url": url, "limit": limit, "stream": STREAM}
shelf = Shelf(Host(folder=pathlib.Path(folder), options={"openai": own}))
model = shelf.open(shelf.learner("openai/m"))
asked = [Request(prompt=Prompt(name="task/x", messages=(Message(role="user", text=row),)), seeds=(1,)) for row in rows]
told(lambda: model.generate(asked))
shelf.close()
""",
    "openai": """
import asyncio, openai
client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
async def main():
    gate = asyncio.Semaphore(limit)
    async def one(row):
        async with gate:
            reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": row}])
            return reply.choices[0].message.content
    return await asyncio.gather(*map(one, rows))
told(lambda: asyncio.run(main()))
""",
    "litellm": """
import asyncio, os
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
async def main():
    gate = asyncio.Semaphore(limit)
    async def one(row):
        async with gate:
            reply = await litellm.acompletion(model="openai/m", api_base=url, api_key="none",
                                              messages=[{"role": "user", "content": row}], num_retries=0)
            return reply.choices[0].message.content
    return await asyncio.gather(*map(one, rows))
told(lambda: asyncio.run(main()))
""",
    "dspy": """
import dspy
lm = dspy.LM("openai/m", api_base=url, api_key="none", cache=False, num_retries=0)
dspy.configure(lm=lm)
def one(row): return lm(messages=[{"role": "user", "content": row}])
told(lambda: dspy.Parallel(num_threads=limit, disable_progress_bar=True)([(one, {"row": row}) for row in rows]))
""",
}
"""Client -> how it makes all calls; `rows`, `url`, `limit` and `told` are there."""
OURS = ("aiohttp", "lamarck", "lamarck, streamed")
"""Clients that this environment has."""
WAYS["lamarck, streamed"] = WAYS["lamarck"].replace("STREAM", "True")
WAYS["lamarck"] = WAYS["lamarck"].replace("STREAM", "False")


def latencies(calls: int) -> list[float]:
    """Of each row."""
    rng = Random(7)
    return [LEAST * (MOST / LEAST) ** rng.random() for _ in range(calls)]


def schedule(times: Sequence[float], places: int) -> float:
    """Wall time of the best list schedule: each row in order, as soon as a place is free."""
    free = [0.0] * places
    for each in times:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


@contextmanager
def server(times: Sequence[float]) -> Generator[str]:
    """A server that waits, in a process of its own."""
    asked = [sys.executable, "-c", SERVER, json.dumps(times)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


@contextmanager
def busy(wanted: bool) -> Generator[None]:
    """Another process that never rests, on the client's core, while the block lasts."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if wanted else None
    try:
        if process and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {core()})
        yield
    finally:
        if process:
            process.kill()
            process.wait()


def core() -> int:
    """The client's core; the server takes any other."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def pinned() -> None:
    """Called in the client's process before it starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core()})


def python_of(peer: str, home: Path) -> str | None:
    """An environment with a peer alone; None where it does not install."""
    if peer in OURS:
        return sys.executable
    folder = home / peer
    python = str(folder / "bin" / "python")
    if (folder / INSTALLED).exists():
        return python
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, check=False)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer]
    done = (
        subprocess.run(pip, capture_output=True, text=True, check=False, timeout=1200) if made.returncode == 0 else made
    )
    if done.returncode:
        print(f"{peer}: does not install here: {str(done.stderr).strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    (folder / INSTALLED).touch()
    return python


def one(client: str, python: str, url: str, calls: int) -> dict[str, Any]:
    """One run of a client in a fresh process on one core."""
    code = CLIENT + WAYS[client]
    with tempfile.TemporaryDirectory() as folder:
        asked = [python, "-c", code, url, str(calls), str(LIMIT), PROMPT, folder]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, preexec_fn=pinned)
    if done.returncode:
        return {"client": client, "error": done.stderr.strip().splitlines()[-1:]}
    stats = json.loads(subprocess.check_output(["curl", "-s", url.removesuffix("/v1") + "/stats"]))
    return {"client": client, **json.loads(done.stdout.splitlines()[-1]), **stats}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[1000])
    parser.add_argument("--peers", nargs="*", default=[], choices=["openai", "litellm", "dspy"])
    parser.add_argument("--busy", action="store_true", help="also with another process on the client's core")
    parser.add_argument("--only", nargs="+", default=[], help="of the clients, these; to measure in parts")
    parser.add_argument("--home", default="", help="where the peers' environments are kept (a temporary folder)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(asked.home or temporary)
        clients = [each for each in (*OURS, *asked.peers) if not asked.only or each in asked.only]
        pythons = {client: python_of(client, home) for client in clients}
        for calls in asked.calls:
            times = latencies(calls)
            ideal = schedule(times, LIMIT)
            print(
                f"{calls} calls: sum/{LIMIT} {sum(times) / LIMIT:.2f} s, best list schedule {ideal:.2f} s", flush=True
            )
            for loaded in (False, True) if asked.busy else (False,):
                with server(times) as url, busy(loaded):
                    for client, python in pythons.items():
                        if python:
                            told(one(client, python, url, calls), ideal, calls, loaded)


def told(found: dict[str, Any], ideal: float, calls: int, loaded: bool) -> None:
    """A line of the table."""
    how = "busy core" if loaded else "quiet"
    if "error" in found:
        print(f"  {found['client']:18} {how}: failed: {found['error']}", flush=True)
        return
    print(
        f"  {found['client']:18} {how}: {found['wall']:6.2f} s = {found['wall'] / ideal:.3f} x, "
        f"{1000 * found['cpu'] / calls:5.2f} ms CPU a call, {found['most']} in flight, {found['answers']} answers",
        flush=True,
    )


if __name__ == "__main__":
    main()
