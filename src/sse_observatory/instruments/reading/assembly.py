"""Text put together line by line, with hints and footnote marks at their places."""

from __future__ import annotations

from dataclasses import dataclass, field

from sse_observatory.instruments.extracts import Hint, Stated
from sse_observatory.instruments.model import Span


@dataclass(slots=True)
class Assembly:
    """Lines as a format reader finds them; `text` is the whole."""

    lines: list[str] = field(default_factory=list)
    hints: dict[int, int] = field(default_factory=dict)
    marks: list[Span] = field(default_factory=list)
    stated: dict[int, Stated] = field(default_factory=dict)
    length: int = 0

    def add(
        self, text: str, hint: int = Hint.BLOCK, marks: tuple[Span, ...] = (), stated: Stated | None = None
    ) -> None:
        """Add a paragraph; line breaks inside it are kept. `marks` are places in `text` before blanks are cut."""
        lead = len(text) - len(text.lstrip())
        body = text.strip()
        if not body:
            return
        at = self.length
        if stated is not None:
            self.stated[at] = stated
        for number, line in enumerate(body.splitlines(keepends=True)):
            start = at + len(line) - len(line.lstrip())
            if line.strip():
                # Only the first line opens the paragraph; what a paragraph is, all its lines are.
                self.hints[start] = hint if not number else hint & ~Hint.BLOCK
            at += len(line)
        self.marks.extend(Span(self.length + m.start - lead, self.length + m.end - lead) for m in marks)
        self.lines.append(body)
        self.length += len(body) + 2

    @property
    def text(self) -> str:
        """All paragraphs, a blank line between them."""
        return "\n\n".join(self.lines)
