"""Models answered by a vLLM server, which is found by its address or started here."""
