"""What is taken from TRL and its kin. They type their interfaces in part, and some of that wrongly: here it is not."""

from typing import Any

import accelerate.state
import accelerate.utils
import datasets
import peft
import transformers
import trl
from transformers.utils import logging as _logging

_all: Any = trl
_data: Any = datasets
_adapters: Any = peft
_models: Any = transformers
_states: Any = accelerate.state
_utils: Any = accelerate.utils

SFTConfig, SFTTrainer = _all.SFTConfig, _all.SFTTrainer
DPOConfig, DPOTrainer = _all.DPOConfig, _all.DPOTrainer
KTOConfig, KTOTrainer = _all.KTOConfig, _all.KTOTrainer
RewardConfig, RewardTrainer = _all.RewardConfig, _all.RewardTrainer
GRPOConfig, GRPOTrainer = _all.GRPOConfig, _all.GRPOTrainer
RLOOConfig, RLOOTrainer = _all.RLOOConfig, _all.RLOOTrainer
Dataset, disable_progress_bars = _data.Dataset, _data.disable_progress_bars
LoraConfig, PeftModel = _adapters.LoraConfig, _adapters.PeftModel
PrinterCallback, TrainerCallback, set_seed = _models.PrinterCallback, _models.TrainerCallback, _models.set_seed
AcceleratorState, PartialState = _states.AcceleratorState, _states.PartialState
DistributedType, broadcast_object_list = _utils.DistributedType, _utils.broadcast_object_list
FullyShardedDataParallelPlugin, TorchDynamoPlugin = _utils.FullyShardedDataParallelPlugin, _utils.TorchDynamoPlugin
logging: Any = _logging
