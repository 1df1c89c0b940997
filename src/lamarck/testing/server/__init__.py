"""An OpenAI-compatible server that fails on purpose, on this machine only: to test what calls endpoints."""

from lamarck.testing.server.faulty import FAULTS, Fault, Script
from lamarck.testing.server.latency import Latency, constant, log_uniform
from lamarck.testing.server.running import Served, serve

__all__ = ["FAULTS", "Fault", "Latency", "Script", "Served", "constant", "log_uniform", "serve"]
