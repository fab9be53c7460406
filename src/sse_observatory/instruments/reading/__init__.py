"""Reading: a file of one of six formats, a text, or a list of paragraphs becomes an instrument."""

from sse_observatory.instruments.reading.reader import read, read_paragraphs, read_records, read_text

__all__ = ["read", "read_paragraphs", "read_records", "read_text"]
