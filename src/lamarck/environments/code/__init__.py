"""Code as an environment: functions to write or to repair, judged by tests that run in the sandbox."""
