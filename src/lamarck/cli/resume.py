"""`lamarck resume`: go on with a run where it stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from lamarck import api
from lamarck.cli import endpoints, running, servers
from lamarck.store import find


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    repair: Annotated[bool, typer.Option("--repair", help="First forget damaged phases and those after.")] = False,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where openai/... models are now.")] = None,
    fallback: Annotated[list[str] | None, typer.Option(metavar="MODEL[@URL]", help="Asked while others fail.")] = None,
    key_env: Annotated[list[str] | None, typer.Option(metavar="[HOST=]NAME", help="Variable with the key.")] = None,
    endpoint: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="How endpoints are called.")] = None,
    vllm_python: Annotated[str | None, typer.Option(metavar="PATH", help="Where vllm/... servers start.")] = None,
    vllm: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="How they run.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="KIND=N", help="What may be spent in all: usd=10.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as data; progress to stderr.")] = False,
) -> None:
    """Run what is not committed yet; the result is what it would have been without the stop."""
    said = servers.said(vllm_python, vllm, endpoints.said(base_url, fallback, key_env, endpoint, {}))
    running.told(
        lambda listener: api.resume(run, listener=listener, repair=repair, providers=said, budget=budget),
        find(run),
        as_json=as_json,
    )
