"""Reading intergovernmental texts: from the file to paragraphs, acts, conditions and what changed.

from sse_observatory import instruments

resolution = instruments.read("A_RES_77_281.pdf")
resolution.work.symbol.text                       # A/RES/77/281
for paragraph in resolution.operative:
    print(paragraph.id, paragraph.text, resolution.acts.get(paragraph.id, ()))
"""

from sse_observatory.instruments.model import Instrument, Kind, Zone
from sse_observatory.instruments.reading import read, read_paragraphs, read_records, read_text

__all__ = ["Instrument", "Kind", "Zone", "read", "read_paragraphs", "read_records", "read_text"]
