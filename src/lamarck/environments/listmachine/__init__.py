"""The list machine: operations on lists of digits, tasks from them, their check and the small model's texts."""
