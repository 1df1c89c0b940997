"""A model folder becomes a torch module: safetensors alone, every weight finite, none missing, no code run."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from safetensors import safe_open
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoModelForSequenceClassification,
)
from transformers.models.auto import modeling_auto
from transformers.utils import logging

from lamarck.core import CapabilityError
from lamarck.models.hf.files import BrokenModel
from lamarck.models.hf.vetting import vet

Device = torch.device
SAFELY = {"use_safetensors": True, "trust_remote_code": False, "local_files_only": True}
"""How every folder is read."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in memory."""

    module: Any
    folder: Path
    device: Device
    takes: frozenset[str]
    """What its forward pass can be given."""
    positions: int | None
    """Tokens of a text at most, None = no end known."""
    windowed: bool
    """Whether some layer looks at a part of what was said: masks are then transformers' own."""
    pictures: bool

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return self.module.dtype


@contextmanager
def quiet() -> Generator[None]:
    """transformers without its reports and progress bars: what is amiss is told by errors."""
    shown, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(shown)
        if bars:
            logging.enable_progress_bar()


def device_of(wanted: str) -> Device:
    """The device that options name, else a GPU where there is one."""
    return Device(wanted or ("cuda" if torch.cuda.is_available() else "cpu"))


def load(folder: Path, device: Device, dtype: str = "") -> Loaded:
    """The model of a folder, ready to answer. Raises: BrokenModel naming the file; CapabilityError."""
    files = vet(folder)
    config = _config(folder)
    kind = _kind(folder, config)
    finite(files)
    wanted = getattr(torch, dtype) if dtype else torch.float32 if device.type == "cpu" else torch.bfloat16
    try:
        with quiet():
            module, told = kind.from_pretrained(
                folder,
                config=config,
                dtype=wanted,
                output_loading_info=True,
                **SAFELY,
            )
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as error:  # what fits not together shows as any kind of error
        raise BrokenModel(f"{folder / 'config.json'} does not fit the weights beside it ({_line(error)})") from error
    if missing := sorted(map(str, told["missing_keys"])):
        raise BrokenModel(
            f"{files[0]} lacks {len(missing)} of the weights that config.json asks for, first '{missing[0]}'; "
            "take an intact copy"
        )
    module = module.to(device).eval().requires_grad_(False)
    text = config.get_text_config()
    return Loaded(
        module=module,
        folder=folder,
        device=device,
        takes=frozenset(inspect.signature(module.forward).parameters),
        positions=_positions(text),
        windowed=_windowed(text),
        pictures=kind is AutoModelForImageTextToText,
    )


def scorer(folder: Path, dtype: str) -> tuple[Any, list[str]]:
    """The model with a head that gives a text one number, and which weights it got by chance, as the folder lacks them.

    Raises: BrokenModel naming the file.
    """
    vet(folder)
    kind: Any = AutoModelForSequenceClassification
    with quiet():
        module, told = kind.from_pretrained(
            folder, dtype=getattr(torch, dtype), num_labels=1, output_loading_info=True, **SAFELY
        )
    return module, sorted(map(str, told["missing_keys"]))


def check_tokens(loaded: Loaded, tokenizer: Any) -> None:
    """Raises: BrokenModel where the tokenizer has tokens that the model has no weights for."""
    rows = int(loaded.module.get_input_embeddings().weight.shape[0])
    highest = max(cast("dict[str, int]", tokenizer.get_vocab()).values(), default=0)
    if highest >= rows:
        raise BrokenModel(
            f"{loaded.folder}: the tokenizer has a token {highest}, but the model reads {rows} tokens only; "
            "put the tokenizer there that the model was trained with"
        )


def _config(folder: Path) -> Any:
    path = folder / "config.json"
    try:
        return cast("Any", AutoConfig).from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise BrokenModel(
            f"{path} is no configuration that transformers {transformers.__version__} knows "
            f"({_line(error)}); take an intact copy or another model"
        ) from error


def _kind(folder: Path, config: Any) -> Any:
    """The class that loads it. Raises: CapabilityError for what does not write text from left to right."""
    named = [str(one) for one in cast("list[Any]", getattr(config, "architectures", None) or [])]
    causal = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    pictured = modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    what = f"{folder} is a {named[0] if named else config.model_type}"
    if getattr(config, "is_encoder_decoder", False):
        raise CapabilityError(f"{what}, an encoder with a decoder; hf/ runs decoders alone, such as Llama or Qwen")
    if config.model_type in pictured and (not named or named[0] in _names(pictured)):
        return AutoModelForImageTextToText
    if config.model_type in causal and (not named or named[0] in _names(causal)):
        return AutoModelForCausalLM
    raise CapabilityError(f"{what}, which writes no text from left to right; take a model '...ForCausalLM'")


def _names(mapping: Any) -> set[str]:
    values: list[Any] = list(mapping.values())
    return {name for value in values for name in ([value] if isinstance(value, str) else value)}


def finite(files: list[Path]) -> None:
    """Read every tensor of these files. Raises: BrokenModel for one with a value that is not finite."""
    for path in files:
        try:
            with cast("Any", safe_open)(path, framework="pt") as shard:
                for name in cast("list[str]", list(shard.keys())):
                    tensor: Tensor = shard.get_tensor(name)
                    if tensor.is_floating_point() and tensor.element_size() > 1 and not bool(tensor.isfinite().all()):
                        raise BrokenModel(f"{path}: {name} holds values that are not finite; take another one")
        except BrokenModel:
            raise
        except Exception as error:
            raise BrokenModel(f"{path} cannot be read as safetensors ({_line(error)}); take an intact copy") from error


def _positions(text: Any) -> int | None:
    for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length"):
        found = getattr(text, name, None)
        if isinstance(found, int) and found > 0:
            return found
    return None


def _windowed(text: Any) -> bool:
    kinds = set(cast("list[str]", getattr(text, "layer_types", None) or []))
    part = getattr(text, "sliding_window", None) or getattr(text, "attention_chunk_size", None)
    return bool(part) or bool(kinds - {"full_attention"}) or bool(getattr(text, "alibi", False))


def _line(error: BaseException) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0][:200]
