#!/bin/sh
# Everything that a machine with a GPU should check: sampling, a vLLM server, training, a whole round, several devices.
#
#   benchmarks/gpu/run.sh --model ./folder --vllm-python ./vllm-env --out result.json
#
# Without --model a tiny random one is made on the spot; a part that cannot run here says why it was skipped. The result
# is JSON, on the standard output or in --out. It ends with 0 where every part ran or was skipped, with 1 where one failed.
set -eu
cd "$(dirname "$0")/../.."
if [ -x .venv/bin/python ]; then python=.venv/bin/python; else python=python3; fi
PYTHONPATH=src exec "$python" -m benchmarks.gpu "$@"
