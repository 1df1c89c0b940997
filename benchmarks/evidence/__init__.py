"""Does a recipe do what its paper says, and by the mechanism it names? ``python -m benchmarks.evidence``."""
