"""The small models that come with the package: their format, weights, sampler and provider."""
