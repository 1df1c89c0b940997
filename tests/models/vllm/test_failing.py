"""Why a server failed is read in its log, quoted, and answered with what to type."""

from pathlib import Path

import pytest

from lamarck.models.vllm.failing import READ, why

NOISE = "INFO 11-28 10:00:01 [core.py:93] Initializing a V1 LLM engine\n"
LOGGED = "(EngineCore_DP0 pid=41) ERROR 11-28 10:00:09 [core.py:708] "


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("/env/bin/python: Error while finding module: No module named 'vllm'", "pip install vllm"),
        ("/env/bin/python: No module named vllm", "pip install vllm"),
        ("OSError: [Errno 98] Address already in use", "--vllm port=0"),
        (LOGGED + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.16 GiB.", "gpu_memory=0.45"),
        (LOGGED + "ValueError: No available memory for the cache blocks. Try increasing ...", "--vllm length=4096"),
        (
            LOGGED + "ValueError: Free memory on device cuda:0 (7.34/15.49 GiB) on startup is less than desired GPU "
            "memory utilization (0.9, 13.9 GiB). Decrease GPU memory utilization",
            "something else is on the GPU",
        ),
        ("RuntimeError: No CUDA GPUs are available", "take hf/..."),
        ("RuntimeError: Failed to infer device type", "take hf/..."),
        ("api_server.py: error: unrecognized arguments: --max-cpu-loras", "pip install --upgrade vllm"),
        ("ValueError: LoRA rank 64 is greater than max_lora_rank 16", "--vllm rank=N"),
        ("ValueError: Model architectures ['Odd'] are not supported for now.", "take hf/..."),
        ("ValueError: OddForCausalLM does not support LoRA yet.", "--vllm lora=false"),
    ],
)
def test_the_telling_line_is_quoted_with_its_cure(tmp_path: Path, line: str, cure: str):
    log = tmp_path / "log"
    log.write_text(NOISE * 3 + line + "\n" + NOISE + "RuntimeError: Engine core initialization failed.\n")
    said = why(log)
    assert line.removeprefix(LOGGED)[:60] in said
    assert cure in said
    assert "EngineCore_DP0" not in said


def test_an_unknown_failure_shows_the_last_error(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text(NOISE + "KeyError: 'first'\nKeyError: 'second'\nbye\n")
    assert why(log) == "the last it said: \"KeyError: 'second'\""
    assert "'nothing'" in why(tmp_path / "none")


def test_a_huge_log_is_read_at_its_end_and_shown_without_escapes(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("CUDA out of memory\n" + "x" * 2 * READ + "\n\x1b[31mValueError: late\x1b[0m\n")
    assert "late" in why(log)
    assert "\x1b" not in why(log)
