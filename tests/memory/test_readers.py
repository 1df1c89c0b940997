"""Readers beside a process that writes: what they can see is whole, acknowledged or not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.memory.writer import texts

from lamarck.memory import MEMORY, ReadOnly, Versions


@contextmanager
def writing(root: Path, versions: int) -> Generator[subprocess.Popen[str]]:
    """A process that writes so many versions; it is gone afterwards."""
    words = [sys.executable, "-m", "tests.memory.writer", str(root), str(versions)]
    path = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("versions", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_two_readers_beside_a_writer_see_whole_versions_alone(tmp_path: Path, versions: int):
    over = threading.Event()

    def read() -> set[int]:
        """The sizes of all that could be seen, whether it was acknowledged yet or not."""
        sizes, is_last = set[int](), False
        while not is_last:
            is_last = over.is_set()  # and once more
            cards = sorted((tmp_path / MEMORY).glob("*/version.json"))
            memories = Versions(ReadOnly(tmp_path))
            for card in cards[:: 1 + len(cards) // 10] if not is_last else cards:
                memory = memories.open(card.parent.name)
                held = [each.text for each in memory.entries]
                number = int(held[-1].split()[1])
                assert held == texts(number)
                assert memory.search(held[-1], 1)[0].text == held[-1]
                sizes.add(number)
        return sizes

    with ThreadPoolExecutor(2) as readers, writing(tmp_path, versions) as process:
        seen = [readers.submit(read) for _ in range(2)]
        try:
            assert process.stdout
            names = process.stdout.read().split()
        finally:
            over.set()
        assert len(names) == versions
        assert all(each.result() == set(range(versions)) for each in seen)
