"""`lamarck memory`: what a learner of a run remembers, where it came from, and changes to it by hand."""

from __future__ import annotations

import typer

from lamarck.cli.memory import changing, comparing, looking, reasons, sharing

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["--help", "-h"]})
"""The command and its actions."""
app.command("ls")(looking.ls)
app.command("show")(looking.show)
app.command("search")(looking.search)
app.command("why")(reasons.why)
app.command("edit")(changing.edit)
app.command("forget")(changing.forget)
app.command("diff")(comparing.diff)
app.command("publish")(sharing.publish)
