"""Data editable by statisticians and translators, and its typed loader.

`load` gives the catalogue, `check` everything wrong with it, `gaps` the texts still to be written, by part.
"""

from sse_observatory.catalogue.check import check, gaps
from sse_observatory.catalogue.load import PACKAGED, Catalogue, load
from sse_observatory.catalogue.problems import Problem

__all__ = ["PACKAGED", "Catalogue", "Problem", "check", "gaps", "load"]
