"""FSDP where there is no GPU: `accelerate` shards on GPUs alone, torch does wherever processes can talk."""

from __future__ import annotations

import os

import torch

from lamarck.trainers.trl.library import (
    AcceleratorState,
    DistributedType,
    FullyShardedDataParallelPlugin,
    PartialState,
    TorchDynamoPlugin,
)


def shared_out() -> None:
    """Let `accelerate` shard on CPUs too, where its configuration asks for FSDP and several processes train."""
    asked = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    if torch.cuda.is_available() or not asked or not torch.distributed.is_initialized():
        return
    state = AcceleratorState(cpu=True, dynamo_plugin=TorchDynamoPlugin(), _from_accelerator=True)
    if state.distributed_type == DistributedType.MULTI_CPU:
        # the states are one each for the whole process; what is set here, the accelerator made next will find
        vars(PartialState)["_shared_state"]["distributed_type"] = state.distributed_type = DistributedType.FSDP
        state.fsdp_plugin = FullyShardedDataParallelPlugin()
