"""The fictional country Solidaria (XSO): registers in yearly editions and sample surveys, with known truth.

It stands in for a country wherever real microdata must not be used: demonstrations, tests of accuracy, benchmarks. The
rates of its troubles are parameters in `catalogue/data/simulation.toml`. See docs/explanation/fictional-country.md.
"""

from sse_observatory.simulation.country import AREA, Simulation, Truth, describe, simulate
from sse_observatory.simulation.parameters import Parameters, Profile, Rate, read_parameters
from sse_observatory.simulation.registers import REGISTERS
from sse_observatory.simulation.surveys import Surveys, draw_surveys, survey_files

__all__ = [
    "AREA",
    "REGISTERS",
    "Parameters",
    "Profile",
    "Rate",
    "Simulation",
    "Surveys",
    "Truth",
    "describe",
    "draw_surveys",
    "read_parameters",
    "simulate",
    "survey_files",
]
