"""The objective stays."""

from lamarck.core import Fixed

__all__ = ["Fixed"]
