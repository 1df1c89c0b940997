"""Models on their way into training and out of it: whole, or as a PEFT adapter on a frozen base."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import safetensors.torch as st
import torch
from safetensors import safe_open

from lamarck.core import UsageError
from lamarck.trainers.merging.files import INDEX, Weights
from lamarck.trainers.merging.make import CONFIG, COPIED
from lamarck.trainers.trl.exchange import SCORERS, Order, Settings
from lamarck.trainers.trl.library import LoraConfig, PeftModel, set_seed
from lamarck.trainers.trl.rows import Words

ADAPTER, BASE = "adapter_config.json", "base.json"
"""Which folders are adapters, and where ours name their base."""


SPACES, STATE = ("falcon_h1", "falcon_mamba", "mamba", "mamba2", "nemotron_h"), ("conv1d", "out_proj")
"""Models of state spaces, whose fused kernels pass by these layers: PEFT refuses an adapter on them."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A model ready to be trained."""

    model: Any
    words: Words
    lora: Any
    """What makes a new adapter of it, None = the weights or an adapter that is there are trained."""
    reference: Any
    """The frozen model, None = what training starts from."""
    teacher: Any
    """Whose distributions are learned from, None for most losses."""


def opened(order: Order, kit: Any) -> Opened:
    """The order's model. Raises: UsageError where its tokenizer does not fit it, or the frozen model's does not."""
    settings, folder = order.settings, Path(order.model)
    words: Words = kit.Words(folder)
    if words.tokenizer.pad_token is None:
        words.tokenizer.pad_token = words.tokenizer.eos_token
    set_seed(settings.seed % 2**32)  # a reward model's head is drawn
    load = kit.load_scorer if order.loss in SCORERS else kit.load
    # what stays frozen need be no finer than the device computes
    coarse = "bfloat16" if torch.cuda.is_available() else "float32"
    model = load(folder, coarse if settings.rank or order.adapter else "float32")
    fits(words.tokenizer, model, folder)
    if order.adapter:
        _same(order)
        model = PeftModel.from_pretrained(model, order.adapter, is_trainable=True)
    other = _frozen(order, words.tokenizer, kit)
    return Opened(
        model=model,
        words=words,
        lora=_lora(settings, order.loss, model.config.model_type) if settings.rank and not order.adapter else None,
        reference=other if order.loss != "distill" else None,
        teacher=other if order.loss == "distill" else None,
    )


def fits(tokenizer: Any, model: Any, folder: Path) -> None:
    """Nothing where every token has its embedding. Raises: UsageError."""
    rows = model.get_input_embeddings().num_embeddings
    if tokenizer.eos_token_id is None:
        raise UsageError(f"{folder}: the tokenizer has no end mark (eos_token), so no text would ever end; give it one")
    if len(tokenizer) > rows:
        raise UsageError(
            f"{folder}: the tokenizer knows {len(tokenizer):,} tokens, but the model has embeddings for {rows:,}; "
            "take the tokenizer that the model was made with"
        )


def _same(order: Order) -> None:
    """Nothing where the adapter is what the settings ask for. Raises: UsageError: its shape cannot change any more."""
    settings, path = order.settings, Path(order.adapter) / ADAPTER
    has: Any = json.loads(path.read_text(encoding="utf-8"))
    asked = {"rank": (settings.rank, has.get("r")), "alpha": (settings.alpha, has.get("lora_alpha"))}
    for name, (wanted, found) in asked.items():
        if wanted and found and wanted != found:
            raise UsageError(
                f"{order.adapter} is an adapter of {name} {found}, and is gone on with as it is; {name} {wanted} was "
                f"asked for. Type --set updating.{name}={found}, or put it into its base first: lamarck export"
            )


def _frozen(order: Order, tokenizer: Any, kit: Any) -> Any:
    if not order.reference:
        return None
    folder = Path(order.reference)
    whole = Path(order.reference_base) if order.reference_base else folder
    if kit.Words(whole).tokenizer.get_vocab() != tokenizer.get_vocab():
        raise UsageError(
            f"{whole} and {order.model} have different tokens, so what one says of a text means nothing to the other; "
            "name models of one tokenizer"
        )
    model = kit.load(whole, "bfloat16" if torch.cuda.is_available() and order.settings.rank else "float32")
    return (PeftModel.from_pretrained(model, str(folder)) if order.reference_base else model).eval()


def _lora(settings: Settings, loss: str, kind: str) -> Any:
    names = settings.targets.split(",")
    every = names == ["all-linear"]
    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha or 2 * settings.rank,
        lora_dropout=settings.dropout,
        target_modules=settings.targets if every else names,
        exclude_modules=list(STATE) if every and kind in SPACES else None,
        task_type="SEQ_CLS" if loss in SCORERS else "CAUSAL_LM",
    )


def finish(saved: Path, folder: Path, order: Order) -> None:
    """Make a model folder of what a trainer has saved: the source's files, and weights as the source stores them."""
    if (saved / ADAPTER).exists():
        _adapter(saved, folder, order)
        return
    source = Path(order.model)
    types = {name: entry.dtype for name, entry in Weights(source).entries.items()}
    for path in saved.glob("*.safetensors"):
        _stored(path, folder / path.name, types)
    # what a library made of the source's configuration says no more than the source, but for another kind of model
    made = (INDEX, CONFIG) if order.loss in SCORERS else (INDEX,)
    for path in (*(path for path in source.iterdir() if path.name not in made), *(saved / name for name in made)):
        if path.suffix in COPIED and path.is_file():
            shutil.copyfile(path, folder / path.name)


def _adapter(saved: Path, folder: Path, order: Order) -> None:
    """An adapter's two files, and the name and content of what it stands on."""
    config = json.loads((saved / ADAPTER).read_text(encoding="utf-8"))
    # PEFT writes sets in the order in which this process happens to keep them
    config = {name: sorted(value) if _names(value) else value for name, value in config.items()}
    config["base_model_name_or_path"] = order.model
    (folder / ADAPTER).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    base = {"name": order.name, "digest": order.digest}
    (folder / BASE).write_text(json.dumps(base, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(saved / "adapter_model.safetensors", folder / "adapter_model.safetensors")


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[Any]", value))


def _stored(path: Path, to: Path, types: dict[str, torch.dtype]) -> None:
    """A file of weights, each of the type the source has for it. Raises: UsageError for one that is no number."""
    opened: Any = safe_open(path, framework="pt")
    with opened as file:
        names: list[str] = list(file.keys())
        tensors: dict[str, torch.Tensor] = {name: file.get_tensor(name) for name in names}
    made = {name: tensor.to(types.get(name, tensor.dtype)) for name, tensor in tensors.items()}
    st.save_file(made, to, metadata={"format": "pt"})
    to.chmod(0o644)
