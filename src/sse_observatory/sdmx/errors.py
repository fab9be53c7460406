"""The errors of the SDMX 2.1 web service and their HTTP status (SDMX 2.1 section 7, part on error codes)."""

from __future__ import annotations

from typing import Literal

from sse_observatory.core import ObservatoryError, Text
from sse_observatory.sdmx import words

Code = Literal[100, 110, 130, 140, 150, 406, 414, 500, 501]

HTTP_STATUS: dict[int, int] = {
    100: 404, 110: 401, 130: 413, 140: 400, 150: 403, 406: 406, 414: 414, 500: 500, 501: 501,
}
"""SDMX error code to HTTP status. 406 and 414 have no SDMX code; the HTTP status stands in for one."""

_SHOWN = 80


class SdmxError(ObservatoryError):
    """A request the service refuses or cannot fill: SDMX `code`, HTTP `status`, `text` in three languages."""

    def __init__(self, code: Code, word: str, **values: object) -> None:
        self.code: int = code
        self.status = HTTP_STATUS[code]
        self.text: Text = words.fill(words.ERRORS[word], **{k: _short(v) for k, v in values.items()})
        super().__init__(self.text["en"])


def _short(value: object) -> str:
    """What a caller wrote, as it is safe and useful to repeat: one line, printable, not endless."""
    shown = "".join(c if c.isprintable() else "�" for c in str(value))
    return shown if len(shown) <= _SHOWN * 6 else shown[: _SHOWN * 6] + "…"
