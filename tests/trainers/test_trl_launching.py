import os
from pathlib import Path
from typing import Any

import accelerate.utils
import pytest
from accelerate.commands import launch
from accelerate.commands.config import config_args

from lamarck.core import UsageError
from lamarck.trainers.trl.launching import launched, ways

CONFIGS: Any = config_args
LAUNCH: Any = launch
UTILS: Any = accelerate.utils


@pytest.mark.parametrize("way", sorted(ways()))
def test_accelerates_own_classes_read_what_is_shipped(way: str):
    config = CONFIGS.load_config_from_file(str(ways()[way]))
    kinds = {"ddp": "MULTI_GPU", "fsdp": "FSDP", "zero2": "DEEPSPEED", "zero3": "DEEPSPEED"}
    assert str(config.distributed_type).rpartition(".")[2] == kinds[way]
    assert (config.num_machines, config.mixed_precision) == (1, "bf16")


def test_fsdp_cuts_weights_by_the_second_version(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    command = launched({"launch": "fsdp", "processes": 2}).command
    told = [*command[command.index("accelerate.commands.launch") + 1 :], "-m", "x"]
    args, _, _ = LAUNCH._validate_launch_command(LAUNCH.launch_command_parser().parse_args(told))
    made = UTILS.prepare_multi_gpu_env(args)
    assert (args.num_processes, args.use_fsdp) == (2, True)
    assert (made["FSDP_VERSION"], made["FSDP_AUTO_WRAP_POLICY"]) == ("2", "TRANSFORMER_BASED_WRAP")


def test_several_devices_share_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    shared = launched({})
    assert (shared.processes, str(ways()["fsdp"]) in shared.command) == (2, True)
    assert launched({"launch": "one"}).processes == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert launched({}).processes == 1


def test_a_way_there_is_not_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="did you mean fsdp"):
        launched({"launch": "fsdpp"})
    with pytest.raises(UsageError, match="accelerate config"):
        launched({"launch": str(tmp_path / "none.yaml")})
