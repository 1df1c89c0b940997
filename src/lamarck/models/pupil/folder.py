"""A model folder in Hugging Face's layout: read into our module, write from it.

Only safetensors is read, and every weight must be finite: a broken checkpoint must stop here, by
name, not as nonsense text three rounds later.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import safetensors.torch as st
import torch
from safetensors import SafetensorError
from torch import Tensor

from lamarck.models.pupil import tokenizer
from lamarck.models.pupil.llama import Llama, Shape

WEIGHTS = "model.safetensors"
WRITES, RATES = "LlamaForCausalLM", "LlamaForSequenceClassification"
"""What `config.json` calls the two kinds of head, and the head's name among the weights of each."""
HEADS = {WRITES: "lm_head.weight", RATES: "score.weight"}
_ATTENTION = ("q_proj", "k_proj", "v_proj")


class BrokenModel(ValueError):
    """A model folder cannot be used; the message names the file."""


def load(folder: Path) -> Llama:
    """The model in `folder`, in evaluation mode. Raises: BrokenModel."""
    torch.set_num_threads(1)  # at this size a second thread costs more than it gives
    model = Llama(_shape(folder / "config.json"))
    path = folder / WEIGHTS
    try:
        weights = st.load_file(path)
    except (OSError, SafetensorError) as error:
        raise BrokenModel(f"{path}: cannot be read as safetensors ({error})") from error
    for name, weight in weights.items():
        if not bool(torch.isfinite(weight).all()):
            raise BrokenModel(f"{path}: {name} holds values that are not finite")
    try:
        model.load_state_dict(_fused(weights, model.shape))
    except (KeyError, RuntimeError) as error:
        raise BrokenModel(f"{path}: does not fit config.json beside it ({error})") from error
    return model.eval()


def with_scores(model: Llama) -> Llama:
    """The same model under a new head that rates, 0 for every text; one that rates already as it is."""
    if model.shape.rates:
        return model
    made = Llama(replace(model.shape, rates=True))
    kept = {name: weight for name, weight in model.state_dict().items() if name != "head.weight"}
    made.load_state_dict({**kept, "head.weight": torch.zeros_like(made.head.weight)})
    return made.eval()


def save(model: Llama, folder: Path, *, longest: int = 32) -> None:
    """Write weights and the files that `transformers` needs to load them.

    In: `longest`, tokens of a completion at most. A trace over four numbers takes 29.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "config.json", _config(model.shape))
    _write(
        folder / "generation_config.json",
        {
            "eos_token_id": tokenizer.EOS,
            "pad_token_id": tokenizer.PAD,
            "do_sample": True,
            "max_new_tokens": longest,
        },
    )
    save_weights(model, folder)


def save_weights(model: Llama, folder: Path) -> None:
    """Write the weights, readable by all; of a model that rates also the configuration, which says so."""
    if model.shape.rates:
        _write(folder / "config.json", _config(model.shape))
    path = folder / WEIGHTS
    st.save_file(_split(model), path, metadata={"format": "pt"})
    path.chmod(0o644)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


def _config(shape: Shape) -> dict[str, Any]:
    return {
        "architectures": [_kind(shape)],
        **({"num_labels": 1} if shape.rates else {}),
        "model_type": "llama",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_heads,
        "head_dim": shape.head_width,
        "max_position_embeddings": shape.positions,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.theta},
        "rms_norm_eps": shape.eps,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": tokenizer.EOS,
        "pad_token_id": tokenizer.PAD,
        "dtype": "float32",
    }


def _shape(path: Path) -> Shape:
    try:
        found = json.loads(path.read_text())
        return Shape(
            vocabulary=found["vocab_size"],
            width=found["hidden_size"],
            layers=found["num_hidden_layers"],
            heads=found["num_attention_heads"],
            key_heads=found["num_key_value_heads"],
            feed_forward=found["intermediate_size"],
            positions=found["max_position_embeddings"],
            theta=found["rope_parameters"]["rope_theta"],
            eps=found["rms_norm_eps"],
            rates=found.get("architectures") == [RATES],
        )
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenModel(f"{path}: is no Llama configuration ({error!r})") from error


def _kind(shape: Shape) -> str:
    return RATES if shape.rates else WRITES


def _names(layer: int) -> dict[str, str]:
    """Our name of each whole matrix of a block -> its Hugging Face name."""
    at = f"model.layers.{layer}."
    return {
        "before_attention": at + "input_layernorm",
        "out": at + "self_attn.o_proj",
        "before_mlp": at + "post_attention_layernorm",
        "down": at + "mlp.down_proj",
    }


def _split(model: Llama) -> dict[str, Tensor]:
    shape = model.shape
    kept = shape.key_heads * shape.head_width
    ours = {name: weight.detach() for name, weight in model.state_dict().items()}
    theirs = {
        "model.embed_tokens.weight": ours["embed.weight"],
        "model.norm.weight": ours["norm.weight"],
        HEADS[_kind(shape)]: ours["head.weight"],
    }
    for layer in range(shape.layers):
        at, block = f"model.layers.{layer}.", f"blocks.{layer}."
        parts = ours[block + "qkv.weight"].split((shape.width, kept, kept))
        theirs |= {f"{at}self_attn.{n}.weight": p for n, p in zip(_ATTENTION, parts, strict=True)}
        gate, up = ours[block + "gate_up.weight"].chunk(2)
        theirs |= {f"{at}mlp.gate_proj.weight": gate, f"{at}mlp.up_proj.weight": up}
        theirs |= {f"{b}.weight": ours[f"{block}{a}.weight"] for a, b in _names(layer).items()}
    return {name: weight.clone().contiguous() for name, weight in theirs.items()}


def _fused(theirs: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    ours = {
        "embed.weight": theirs["model.embed_tokens.weight"],
        "norm.weight": theirs["model.norm.weight"],
        "head.weight": theirs[HEADS[_kind(shape)]],
    }
    for layer in range(shape.layers):
        at, block = f"model.layers.{layer}.", f"blocks.{layer}."
        parts = [theirs[f"{at}self_attn.{name}.weight"] for name in _ATTENTION]
        ours[block + "qkv.weight"] = torch.cat(parts)
        halves = [theirs[f"{at}mlp.{name}_proj.weight"] for name in ("gate", "up")]
        ours[block + "gate_up.weight"] = torch.cat(halves)
        ours |= {f"{block}{a}.weight": theirs[f"{b}.weight"] for a, b in _names(layer).items()}
    return ours
