"""A house told in words: something is hidden in it, and has to be brought somewhere."""
