"""`lamarck doctor`: what this machine has and lacks, each lack with its cure."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.text import Text

from lamarck import environments
from lamarck.cli import endpoints
from lamarck.cli.failures import EXTRAS, crashed
from lamarck.core import LamarckError, Objective, Request, UsageError
from lamarck.executors.processes import Processes
from lamarck.models import Host, Shelf
from lamarck.report import inert
from lamarck.report.words import lasting
from lamarck.sandbox import Sandbox

SAMPLES = 64
"""Drawn at once to measure the pupil's speed."""
NEEDED_GB, NEEDED_FREE_GB = 2.0, 1.0
"""Memory and disk that a run of the pupil wants."""


class Finding(NamedTuple):
    """One line: what was looked at, what was found, and what to do where it is missing."""

    what: str
    found: str
    cure: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be done."""
        return not self.cure


def command(
    *,
    model: Annotated[list[str] | None, typer.Option(help="Look at this model instead, as openai/NAME[@URL].")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where openai/... models are.")] = None,
    key_env: Annotated[list[str] | None, typer.Option(metavar="[HOST=]NAME", help="Variable with the key.")] = None,
    endpoint: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="How endpoints are called.")] = None,
) -> None:
    """Check Python, cores, memory, extras, disk and the pupil, or whether models answer, what they can do and how fast.

    A line each. Exits 1 where something is missing.
    """
    console = Console(highlight=False)
    missing = 0
    said = endpoints.said(base_url, None, key_env, endpoint, {})
    looks = (_python, _cores, _memory, _extras, _torch, _disk, _sandbox, _pupil)
    for look in [partial(answering, name, said) for name in model] if model else looks:
        for finding in _found(look):
            missing += not finding.ok
            mark = Text("ok      ", "green") if finding.ok else Text("missing ", "red")
            cure = f"; {finding.cure}" if finding.cure else ""
            console.print(mark.append(f"{finding.what}: {finding.found}{cure}", style="default"), soft_wrap=True)
    if missing:
        raise typer.Exit(1)


def _found(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; one that fails is a finding too, and the others still run."""
    try:
        yield from look()
    except Exception as error:
        told = error if isinstance(error, LamarckError) else crashed(error, None)
        name = getattr(look, "__name__", None) or str(getattr(look, "args", ["model"])[0])
        yield Finding(name.strip("_"), "does not work", str(told))


def _python() -> Iterator[Finding]:
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    try:
        yield Finding("lamarck", version("lamarck-lm"))
    except PackageNotFoundError:
        yield Finding("lamarck", "is not installed, only importable", "type: pip install -e .")


def _cores() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    yield Finding("cores", f"{cores} to use{load}")


def _memory() -> Iterator[Finding]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cure = "" if total >= NEEDED_GB else f"a run of the pupil wants {NEEDED_GB:.0f} GB; type --workers 1"
    yield Finding("memory", f"{total:.1f} GB", cure)


def _extras() -> Iterator[Finding]:
    for extra, packages in EXTRAS.items():
        lacking = [package for package in packages if find_spec(package) is None]
        have = ", ".join(f"{package} {version(package)}" for package in packages if package not in lacking)
        found = have if not lacking else f"{', '.join(lacking)} not installed"
        yield Finding(f"extra {extra}", found, f"type: pip install 'lamarck-lm[{extra}]'" if lacking else "")


def _torch() -> Iterator[Finding]:
    if find_spec("torch") is None:
        return  # said above
    # in a process of its own: an import that crashes must not take the doctor with it
    code = "import torch; print(torch.__version__, torch.get_num_threads(), torch.cuda.is_available())"
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Finding("torch", f"does not import: {last[:300]}", "type: pip install 'lamarck-lm[local]'")
        return
    name, threads, gpu = done.stdout.split()
    seen, took = "a GPU" if gpu == "True" else "no GPU", lasting(time.monotonic() - start)
    yield Finding("torch", f"{name}, {threads} thread a process, {seen}, imported in {took}")


def _disk() -> Iterator[Finding]:
    here = Path.cwd()
    free = shutil.disk_usage(here).free / 1e9
    yield Finding(
        "disk", f"{free:.1f} GB free in {here}", "" if free >= NEEDED_FREE_GB else "make room, or work elsewhere"
    )
    try:
        with tempfile.NamedTemporaryFile(dir=here) as file:
            start, times = time.monotonic(), 20
            for _ in range(times):
                file.write(b"\0" * 4096)
                file.flush()
                os.fsync(file.fileno())
            took = (time.monotonic() - start) / times
    except OSError as error:
        yield Finding("writing", f"{here} cannot be written ({error.strerror})", "type: cd to a folder of yours")
        return
    slow = "a slow disk or a network share: put runs on a local one with --out" if took > 0.25 else ""
    yield Finding("writing", f"{1000 * took:.1f} ms to write 4 KB and flush it (fsync)", slow)


def _sandbox() -> Iterator[Finding]:
    with Sandbox(workers=1) as sandbox:
        try:
            layers = sandbox.layers
        except UsageError as error:
            first = str(error).splitlines()[0]
            yield Finding("sandbox", f"programs of models cannot run here: {first}", "type: make system")
            return
    stopped = sum(layers.attacks.values())
    yield Finding("sandbox", f"tier {layers.tier}: {', '.join(layers.active)}; {stopped} attacks stopped")


def _pupil() -> Iterator[Finding]:
    task = environments.load("countdown").tasks("practice", 1, 0, Objective(ability="countdown"))[0]
    with Processes(1) as pool:
        shelf = Shelf(Host(pool=pool, environment="countdown"))
        model = shelf.open(shelf.learner("pupil"))
        first = model.generate([Request(prompt=task.prompt, seeds=(0,))])[0][0]  # loads the weights
        start = time.monotonic()
        many = model.generate([Request(prompt=task.prompt, seeds=tuple(range(SAMPLES)))])[0]
        took = time.monotonic() - start
    tokens = sum(solution.usage.completion for solution in many)
    asked = f"{task.fields['target']} from {task.fields['numbers']}"
    yield Finding("pupil", f"asked to make {asked}, it wrote {inert(first.text, 60)}")
    yield Finding("pupil", f"{tokens / took:,.0f} tokens a second in one process ({SAMPLES} samples at once)")


def answering(name: str, said: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether a model answers, what it can do and how fast; for one behind an endpoint also its fallbacks."""
    with closing(Shelf(Host(options=said))) as shelf:
        kind = name.partition("/")[0]
        provider: Any = shelf.provider(kind)
        if not hasattr(provider, "targets"):
            yield Finding(name, f"is computed here by {kind}; type: lamarck doctor")
            return
        shelf.learner(name)
        for target in provider.targets(name):
            try:
                found = provider.found(target)
            except UsageError as error:
                yield Finding(target.name, "does not answer", f"{error}; check the address, the name and the key")
                continue
            price = f", {target.price.read:g} USD in and {target.price.written:g} out a million" if target.price else ""
            speed = f", {found.rate:,.0f} tokens a second" if found.rate else ""
            where = f"answers at {target.address.host} in {lasting(found.first_s)}{speed}{price}"
            yield Finding(target.name, where)
            lacks = [what for what, works in found.can.items() if not works]
            yield Finding(target.name, f"can {', '.join(what for what, works in found.can.items() if works) or 'chat'}")
            if lacks:
                yield Finding(target.name, f"cannot, or does not say: {', '.join(lacks)} (n is sent as n calls)")
