"""What models that read text are asked: one text file a prompt, ``<recipe or operator>/<name>.md``.

A file holds the words of one user turn and nothing else: no header, no markup of its own. ``{name}`` is a slot:
lower-case letters and underscores in braces, filled with the field of that name; every other brace is a brace.
What is filled in is not looked at again, so a brace in a task opens no slot. A blank end of the file is cut.

Fields come from the operator that asks: those of the task, "task" (its words) and what the operator adds, such as
"answer" (solutions.Sample with ``reveal``), "solution" (feedback.Judge), "examples" and "brief" (tasks.SelfInstruct),
"first" and "second" (evaluation.WinRate). What a judge is shown stands between marks with the field "fence". A file
here uses no field that only some environments' tasks have. A model with a format of its own renders the same names and
fields from its ``prompts.json``.
"""
