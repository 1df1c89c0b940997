"""The adapters that a base wears: attached once, swapped by a switch in every layer they change."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from lamarck.core import CapabilityError, MissingExtra
from lamarck.models.hf.files import BrokenModel, digest
from lamarck.models.hf.loading import Loaded, finite, quiet
from lamarck.models.hf.vetting import vet

MOST = 8
"""Adapters of one base, in memory at once."""


class Wardrobe:
    """One base's adapters. Those longest not worn go first."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._peft: Any = None
        """PEFT's view of the same module, from the first adapter on."""
        self._names: dict[str, None] = {}
        self.worn = False
        """Whether any adapter is on."""
        self._touched = False
        """Whether an adapter was ever attached, if only in part."""

    def wear(self, folders: Sequence[Path]) -> None:
        """Put on these adapters and no others. Raises: BrokenModel, CapabilityError, MissingExtra."""
        names = [f"of{digest(folder)[:16]}" for folder in folders]
        for name, folder in zip(names, folders, strict=True):
            if name not in self._names:
                self._attach(name, folder)
            self._names[name] = self._names.pop(name, None)
        for name in [name for name in self._names if name not in names][: max(0, len(self._names) - MOST)]:
            self._take_off(name)
        self.worn = bool(names)
        for layer in self._layers():
            layer.enable_adapters(bool(names))
            if names:
                layer.set_adapter(names)

    def _attach(self, name: str, folder: Path) -> None:
        if find_spec("peft") is None:
            raise MissingExtra(f"the adapter {folder} (no module peft)", "local")
        import peft

        finite(vet(folder))
        module, fault, self._touched = self._loaded.module, "", True
        try:
            config: Any = cast("Any", peft.PeftConfig).from_pretrained(str(folder))
            if config.is_prompt_learning:
                kind = str(config.peft_type).rpartition(".")[2]
                raise CapabilityError(f"the adapter {folder} is a {kind}; hf/ wears those that change layers, as LoRA")
            config.inference_mode = True
            with quiet(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of names of transformers' that PEFT is behind with
                if self._peft is None:
                    self._peft = peft.PeftModel(module, config, adapter_name=name, autocast_adapter_dtype=False)
                told = self._peft.load_adapter(str(folder), adapter_name=name, autocast_adapter_dtype=False)
            unfit = [key for key in told.missing_keys if name in key] + list(told.unexpected_keys)
            fault = f"{len(unfit)} tensors have no counterpart, first {unfit[0]}" if unfit else ""
        except CapabilityError:
            raise
        except Exception as error:  # PEFT has many words for what does not fit
            fault = (str(error).strip() or repr(error)).splitlines()[0][:200]
        if fault:
            self._take_off(name)
            raise BrokenModel(f"the adapter {folder} does not fit {self._loaded.folder}: {fault}")
        module.eval().requires_grad_(False)

    def _take_off(self, name: str) -> None:
        self._names.pop(name, None)
        for layer in self._layers():
            layer.delete_adapter(name)
        if self._peft is not None:
            self._peft.peft_config.pop(name, None)
        gc.collect()

    def _layers(self) -> Iterator[Any]:
        if not self._touched:
            return
        from peft.tuners.tuners_utils import BaseTunerLayer

        yield from (layer for layer in self._loaded.module.modules() if isinstance(layer, BaseTunerLayer))
