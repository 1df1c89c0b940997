"""What a machine with a GPU should check, in one command: `benchmarks/gpu/run.sh`."""
