"""``python -m lamarck.testing.server``: a faulty endpoint to try a client, or a run, against."""

from __future__ import annotations

import argparse
import json
import time

from lamarck.core import UsageError
from lamarck.testing.server.faulty import FAULTS, Script
from lamarck.testing.server.latency import Latency, constant, log_uniform
from lamarck.testing.server.running import serve


def main() -> None:
    """Serve until Ctrl-C; then print what was met."""
    parser = argparse.ArgumentParser(prog="python -m lamarck.testing.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 = any that is free")
    parser.add_argument("--latency", default="0", metavar="S", help="seconds, or LEAST:MOST for log-uniform ones")
    parser.add_argument(
        "--faults", default="", metavar="NAME=SHARE", help=f"error=0.1,html=0.05; of {', '.join(FAULTS)}"
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    pairs = (part.partition("=") for part in asked.faults.split(",") if part)
    try:
        faults = {name: float(share) for name, _, share in pairs}
        script = Script(faults=faults, latency=_latency(asked.latency), seed=asked.seed)
    except (UsageError, ValueError) as error:
        parser.error(str(error))
    with serve(script, port=asked.port) as served:
        print(served.url, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            told = {"calls": sum(served.asked.values()), "most at once": served.most, "faults": dict(served.met)}
            print(json.dumps(told), flush=True)


def _latency(text: str) -> Latency:
    least, _, most = text.partition(":")
    return log_uniform(float(least), float(most)) if most else constant(float(least))


if __name__ == "__main__":
    main()
