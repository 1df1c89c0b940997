"""Training of Hugging Face models by TRL and PEFT, in a process of its own that lives as long as the run."""
