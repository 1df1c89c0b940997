"""Tasks of a user's own file or data set, in the field's formats, each with its check."""
