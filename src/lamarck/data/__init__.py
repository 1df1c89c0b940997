"""Formats: what comes in and goes out as text, with limits."""
