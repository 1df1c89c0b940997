"""The survey's headings as folders: one folder a phase, one class a file."""
