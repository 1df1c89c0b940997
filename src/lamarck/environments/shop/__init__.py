"""A shop in words, and people with tastes that they do not tell unasked."""
