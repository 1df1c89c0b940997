"""The provider `openai`: any model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from lamarck.core import CapabilityError, ModelRef, UsageError
from lamarck.core.protocols import Capability
from lamarck.models.budget import Budget
from lamarck.models.endpoint.address import OPENAI, Address, address, is_loopback, key_of
from lamarck.models.endpoint.caller import Caller
from lamarck.models.endpoint.journal import Journal
from lamarck.models.endpoint.model import EndpointModel
from lamarck.models.endpoint.options import Options, options
from lamarck.models.endpoint.probing import Found, probe
from lamarck.models.endpoint.target import Target
from lamarck.models.host import Host
from lamarck.models.prices import FREE, Price, listed, load

PROVIDER = "openai"
PLACED = re.compile(r"(?P<model>.+?)@(?P<url>https?://.+)")
"""A model with an address of its own, ``name@URL``."""


class EndpointProvider:
    """Finds, opens and tries out models behind endpoints. Nothing is asked of a server before a model is used."""

    def __init__(self, host: Host, own: Options | None = None) -> None:
        """In: ``own`` in place of what the user says, for a provider that starts its servers itself."""
        self.options = own or options(host.of(PROVIDER))
        self._main = address(self.options.base_url, plain=self.options.allow_http)
        self.budget = host.budget or Budget()
        self.caller = Caller(
            journal=Journal(host.folder, _cure(host.folder)) if host.folder else None,
            budget=self.budget,
            cache=_cache(self.options.cache),
            resume=str(host.folder or ""),
        )
        self._folder = host.folder
        self._targets = dict[str, Target]()
        self._opened = dict[str, EndpointModel]()
        self._found = dict[str, Found]()
        self._lock = threading.Lock()
        self._prices = load(Path(self.options.prices)) if self.options.prices else None

    def find(self, name: str, /) -> ModelRef:
        """The model of a name, or ``name@URL``. Raises: UsageError for no name, a bad address, a missing key."""
        if not name:
            raise UsageError(f"which model? type {PROVIDER}/<model>, as its server calls it")
        for each in (name, *self.options.fallbacks):
            self._target(each.removeprefix(f"{PROVIDER}/"))
        model, revision = _model(name), self.options.revision
        digest = hashlib.sha256(f"{PROVIDER}/{model}\n{revision}".encode()).hexdigest()
        return ModelRef(name=f"{PROVIDER}/{name}", digest=digest)

    def open(self, model: ModelRef, /) -> EndpointModel:
        """The model, ready to answer; the same object for the same name."""
        name = model.name.partition("/")[2]
        with self._lock:
            if name not in self._opened:
                route = [self._target(each.removeprefix(f"{PROVIDER}/")) for each in (name, *self.options.fallbacks)]
                self._opened[name] = self.model(f"{PROVIDER}/{name}", list(dict.fromkeys(route)))
            return self._opened[name]

    def model(self, name: str, route: list[Target]) -> EndpointModel:
        """A model over these endpoints."""

        def able() -> Set[Capability]:
            return self.found(route[0]).capabilities

        return EndpointModel(name, self.caller, route, able, revision=self.options.revision)

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Raises: CapabilityError, always: weights behind an endpoint are out of reach."""
        raise CapabilityError(
            f"{model.name} cannot be trained: its weights are behind an endpoint; take a learner whose weights are "
            "here, hf/<model> or pupil/<name>, or stop before: --until refinement"
        )

    def found(self, target: Target) -> Found:
        """What a model can do, tried out once and kept with the run. Raises: UsageError where it does not answer."""
        with self._lock:
            known = self._found.get(target.name) or self._kept(target)
            if known is None:
                known = self.caller.run(probe(target))
                if not known.answers:
                    raise UsageError(f"{target.name} at {target.address.host} does not answer: {known.why}")
                self._keep(target, known)
            self._found[target.name] = known
            return known

    def targets(self, name: str) -> list[Target]:
        """The endpoints of a model in the order they are asked, for whoever looks at them."""
        named = (name.removeprefix(f"{PROVIDER}/"), *self.options.fallbacks)
        return [self._target(each.removeprefix(f"{PROVIDER}/")) for each in named]

    def price(self, name: str) -> Price | None:
        """What a model costs, None where nobody said."""
        return self._target(name.removeprefix(f"{PROVIDER}/")).price

    def target(self, model: str, where: Address, name: str) -> Target:
        """A new endpoint for a model, as its server calls it. Raises: UsageError where its key is missing."""
        key = key_of(where, {host or self._main.host: of for host, of in self.options.keys.items()}, self._main.host)
        price = self._price(model, where)
        if price is None and "usd" in self.budget.limits:
            cure = f'write a file with [usd] and "{model}" = [read, written] in it, and give --endpoint prices=FILE'
            raise UsageError(f"--budget usd: nobody says what {model} costs at {where.host}; {cure}")
        made = Target(model=model, name=name, address=where, key=key, options=self.options, price=price)
        return self.caller.adopt(made)

    def close(self) -> None:
        """End the calls under way and let go of the journal."""
        self.caller.close()

    def _target(self, name: str) -> Target:
        if name not in self._targets:
            placed = PLACED.fullmatch(name)
            where = address(placed["url"], plain=self.options.allow_http) if placed else self._main
            self._targets[name] = self.target(_model(name), where, f"{PROVIDER}/{name}")
        return self._targets[name]

    def _price(self, model: str, where: Address) -> Price | None:
        own = self._prices.of(model) if self._prices else None
        return own or (listed().of(model) if where.name == OPENAI else FREE if is_loopback(where.name) else None)

    def _kept(self, target: Target) -> Found | None:
        journal = self.caller.journal
        told = journal.known(target.model, target.address.host) if journal else {}
        if "can" not in told:
            return None
        target.refused |= set(json.loads(told["refused"]))
        return Found(answers=True, can=json.loads(told["can"]))

    def _keep(self, target: Target, found: Found) -> None:
        # a run's folder is made by its store, so nothing is kept before that
        if self.caller.journal and self._folder and (self._folder / "run.json").exists():
            told = {"can": json.dumps(dict(found.can)), "refused": json.dumps(sorted(target.refused))}
            self.caller.journal.learn(target.model, target.address.host, told)
            self.caller.journal.commit()


def provider(host: Host) -> EndpointProvider:
    """Make the provider for a run."""
    return EndpointProvider(host)


def _model(name: str) -> str:
    placed = PLACED.fullmatch(name)
    return placed["model"] if placed else name


def _cure(folder: Path | None) -> str:
    return f"its calls can be made again: type rm {folder}/calls.sqlite*, then lamarck resume {folder}"


def _cache(folder: str) -> Journal | None:
    if not folder:
        return None
    path = Path(folder).expanduser().absolute()
    return Journal(path, f"its calls can be made again: type rm {path}/calls.sqlite*")
