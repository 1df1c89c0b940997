"""What a trainer is told whatever its loss."""

from __future__ import annotations

import os
from typing import Any

import torch

from lamarck.trainers.trl.exchange import Settings

OPTIMIZERS = {"adamw": "adamw_torch", "adafactor": "adafactor"}


def processes() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def part(whole: int, most: int) -> int:
    """The largest part of a batch, at most so many rows, that fills it without a rest."""
    return max(size for size in range(1, max(1, min(whole, most)) + 1) if whole % size == 0)


def arguments(settings: Settings, work: str, batch: int) -> dict[str, Any]:
    """In: the folder for points to go on from, and rows of a step over all processes."""
    own = max(1, batch // processes())
    micro = part(own, settings.micro)
    fast = torch.cuda.is_available()
    return {
        "output_dir": work,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": own // micro,
        "num_train_epochs": 1,
        "learning_rate": settings.lr,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.clip,
        "optim": OPTIMIZERS[settings.optimizer],
        "seed": settings.seed % 2**32,
        # our rows come in their order already
        "train_sampling_strategy": "sequential",
        "remove_unused_columns": False,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",  # our callback decides when
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": not fast,
        "bf16": fast and torch.cuda.is_bf16_supported(),
        "activation_checkpointing": settings.checkpointing,
        "dataloader_pin_memory": fast,
    }
