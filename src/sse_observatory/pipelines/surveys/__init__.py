"""Sample surveys, from their files to a release whose figures carry their precision.

`run(survey, …)` reads the files of every round as the survey's process describes them, adjusts weights for non-response
and calibrates them to control totals, estimates each cell with its variance, and publishes through the same gate as any
other process. See docs/reference/survey-processes.md and docs/decisions/survey-releases.md.
"""

from sse_observatory.pipelines.surveys.process import SurveyOutcome, run

__all__ = ["SurveyOutcome", "run"]
