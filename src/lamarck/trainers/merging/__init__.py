"""Models of one architecture become one, tensor by tensor, with little memory whatever their size."""
