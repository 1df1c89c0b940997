"""Models behind a server of this process, with every wait shortened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from lamarck.core import Message, Prompt, Request, Sampling
from lamarck.models import Host, Shelf
from lamarck.models.budget import Budget
from lamarck.models.endpoint.model import EndpointModel
from lamarck.models.endpoint.provider import EndpointProvider
from lamarck.testing.server import Script, Served, serve

QUICK = {"base_s": 0.005, "longest_s": 0.05, "first_s": 20.0, "timeout_s": 20.0, "patience_s": 0.4, "cooldown_s": 60.0}
"""Options of a user in a hurry, on a machine that may be slow."""
IMPATIENT = {"timeout_s": 0.5, "first_s": 0.25}
"""For servers that hang."""


class Bench:
    """Servers and models that end with the test."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self.folder = stack, folder

    def serve(self, **script: Any) -> Served:
        """A server with this script."""
        return self._stack.enter_context(serve(Script(**cast("dict[str, Any]", {"hang_s": 1.0, **script}))))

    def provider(
        self, served: Served, *, budget: Budget | None = None, kept: bool = True, **more: Any
    ) -> EndpointProvider:
        """The provider of a run whose models are there."""
        options = {"base_url": served.url, **QUICK, **more}
        host = Host(folder=self.folder if kept else None, options={"openai": options}, budget=budget)
        shelf = Shelf(host)
        self._stack.callback(shelf.close)
        made = shelf.provider("openai")
        assert isinstance(made, EndpointProvider)
        return made

    def model(self, served: Served, name: str = "m", **more: Any) -> EndpointModel:
        """A model behind a server."""
        provider = self.provider(served, **more)
        return provider.open(provider.find(name))


def requests(n: int, seeds: int = 1, **sampling: Any) -> list[Request]:
    """n different prompts, each with so many seeds."""
    return [
        Request(prompt=asked(f"question {i}"), seeds=tuple(range(i, i + seeds)), sampling=Sampling(**sampling))
        for i in range(n)
    ]


def asked(text: str) -> Prompt:
    """A prompt that is a task in words."""
    return Prompt(name="task/words", messages=(Message(role="user", text=text),))


def texts(model: EndpointModel, asked: Sequence[Request]) -> list[list[str]]:
    """What a model answers."""
    return [[solution.text for solution in each] for each in model.generate(asked)]
