"""How much the readers take in: bounds that keep time and memory small whatever a file holds."""

LARGEST_FILE = 100_000_000
"""Bytes of a file; the largest documents of the bodies read here have a few million."""
LARGEST_TEXT = 10_000_000
"""Characters of a text: some five thousand pages."""
MOST_LINES = 200_000
"""Lines of a text that are not blank: twice those of the largest document, and a minute's work."""
LARGEST_MEMBER = 60_000_000
"""Bytes of one part of a DOCX once unpacked."""
LARGEST_ARCHIVE = 200_000_000
"""Bytes of all parts of a DOCX that are unpacked."""
MOST_MEMBERS = 5_000
MOST_PAGES = 3_000
PDF_SECONDS = 60
"""Processor seconds for the text of a PDF, in a process of its own."""
PDF_MEMORY = 2_000_000_000
"""Bytes of address space for the same."""
DEEPEST_MARKUP = 200
"""Nesting of HTML or XML elements."""
