"""What a small model can do, with 95 % intervals; never on sealed items.

    python tools/pupil/measure.py game24 FOLDER [FOLDER ...]
    python tools/pupil/measure.py listmachine FOLDER [FOLDER ...]

No item measured here is in the pretraining corpus. Prints a line a folder; --table prints one a row, as the model
cards have it; --write puts `abilities.json` into the folder.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import skills_game24
import skills_listmachine

from lamarck.core import Estimate
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.folder import load

DOMAINS: Mapping[str, Callable[[Decoder, int], dict[str, Estimate]]] = {
    "game24": skills_game24.skills,
    "listmachine": skills_listmachine.skills,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain", choices=list(DOMAINS))
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    for folder in asked.folders:
        found = DOMAINS[asked.domain](Decoder(load(folder)), asked.samples)
        if asked.table:
            rows = (f"| {name} | {e.value:.3f} | {e.low:.3f} to {e.high:.3f} |" for name, e in found.items())
            print("| what | share | 95 % interval |", "|---|---|---|", *rows, sep="\n", flush=True)
        else:
            shown = "; ".join(f"{name} {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for name, e in found.items())
            print(f"{folder}: {shown}", flush=True)
        if asked.write:
            text = json.dumps({name: asdict(e) for name, e in found.items()}, indent=2)
            (folder / "abilities.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
