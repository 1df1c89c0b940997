"""Game of 24 and countdown: puzzles, rules, generators and the texts of the small model."""
