"""Hugging Face model folders, opened in process."""
