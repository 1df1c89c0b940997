"""The parts of the page, one a file, each a function from what the run holds to markup."""

__all__: list[str] = []
