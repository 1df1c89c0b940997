"""Models behind an OpenAI-compatible endpoint: called many at once, recorded once, never lost to a failing server."""
