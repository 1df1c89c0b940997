"""What people see of a run: the page, and tables, plot, tree and story for the terminal."""

from lamarck.report.aside import errors, odds
from lamarck.report.inert import inert
from lamarck.report.lineage import lineage
from lamarck.report.page import write
from lamarck.report.rounds import table
from lamarck.report.story import story
from lamarck.report.terminal import plot
from lamarck.report.through import through

__all__ = ["errors", "inert", "lineage", "odds", "plot", "story", "table", "through", "write"]
