"""Hundreds of small versions are written here, as in the tests of the store."""

from tests.store.conftest import tmp_path as tmp_path
