"""What runs work: worker processes."""
