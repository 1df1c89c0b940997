"""Models by ``provider/name``. A provider is imported when one of its models is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from lamarck.core import CapabilityError, Learner, MissingExtra, Model, ModelRef, unknown
from lamarck.models import ensemble
from lamarck.models.host import Host

PROVIDERS: Mapping[str, str] = {
    "hf": "lamarck.models.hf.provider",
    "openai": "lamarck.models.endpoint.provider",
    "pupil": "lamarck.models.pupil.provider",
    "vllm": "lamarck.models.vllm.provider",
}
"""Provider -> the module whose ``provider(host)`` makes it."""


class Provider(Protocol):
    """Finds, loads and describes the models of one kind."""

    def find(self, name: str, /) -> ModelRef:
        """The reference of a name without its provider. Raises: UsageError with near names."""
        ...

    def open(self, model: ModelRef, /) -> Model:
        """The model, ready to answer; the same object for the same digest."""
        ...

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Training values found to work."""
        ...


@runtime_checkable
class Wearing(Protocol):
    """A model that can put on a learner's named adapters."""

    def wearing(self, adapters: Mapping[str, ModelRef], /) -> Model:
        """The same model, where requests may name these adapters."""
        ...


@runtime_checkable
class Releasing(Protocol):
    """A provider whose models hold a device."""

    def release(self) -> None:
        """Give the device's memory back; the next request takes it again. Blocks until what was asked is answered."""
        ...


class Shelf:
    """The models of a run: core's ``Models`` over all providers."""

    def __init__(
        self,
        host: Host,
        own: Mapping[str, Callable[[Host], Provider]] | None = None,
        of_run: Callable[[str], Learner | None] = lambda _name: None,
    ) -> None:
        """In: what providers get, providers of the caller's own by name, and what finds ``RUN:champion``,
        None for any other name."""
        self._host, self._own = host, dict(own or {})
        self._of_run = of_run
        self._made: dict[str, Provider] = {}

    def learner(self, name: str, /) -> Learner:
        """The untouched learner of ``provider/name``, or a run's: ``RUN:champion``, ``RUN:<hash>``.

        Raises: UsageError with the nearest names.
        """
        if "," in name:  # several models answer in turn
            return Learner(model=ensemble.reference([self.learner(each) for each in name.split(",") if each]))
        if learner := self._of_run(name):
            return learner
        provider, _, rest = name.partition("/")
        return Learner(model=self._provider(provider).find(rest))

    def open(self, learner: Learner, /) -> Model:
        """The learner's model, with the learner's adapters where it can wear them."""
        if learner.model.provider == ensemble.PROVIDER:
            return ensemble.Ensemble([self.open(self.learner(each)) for each in ensemble.members(learner.model)])
        model = self._provider(learner.model.provider).open(learner.model)
        return model.wearing(learner.adapters) if learner.adapters and isinstance(model, Wearing) else model

    def release(self) -> None:
        """Free the devices that models hold, so that training may have them."""
        for provider in self._made.values():
            if isinstance(provider, Releasing):
                provider.release()

    def close(self) -> None:
        """Let providers finish what they have under way. A second call does nothing."""
        for made in self._made.values():
            getattr(made, "close", lambda: None)()

    def provider(self, name: str) -> Provider:
        """The provider of this name, made when first asked for. Raises: UsageError with near names."""
        return self._provider(name)

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """The model's training values for a loss. Raises: CapabilityError where it cannot be trained so."""
        if model.provider == ensemble.PROVIDER:
            raise CapabilityError(f"{model.name} is several models and cannot be trained; name one learner that can")
        card = self._provider(model.provider).card(model, loss)
        if not card:
            raise CapabilityError(f"{model.name} says nothing about training with '{loss}'; use a model that can train")
        return card

    def _provider(self, name: str) -> Provider:
        if name not in self._made:
            if name in self._own:
                self._made[name] = self._own[name](self._host)
            elif name in PROVIDERS:
                try:
                    module = import_module(PROVIDERS[name])
                except ModuleNotFoundError as missing:
                    raise MissingExtra(f"{name} models (no module {missing.name})", "local") from missing
                self._made[name] = module.provider(self._host)
            else:
                raise unknown("model provider", name, [*PROVIDERS, *self._own], "names are provider/name")
        return self._made[name]


__all__ = ["PROVIDERS", "Host", "Provider", "Releasing", "Shelf", "Wearing"]
