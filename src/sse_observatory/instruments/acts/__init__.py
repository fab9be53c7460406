"""Acts: what each operative paragraph does — verb, addressees, action, conditions, deadline, recurrence, references."""

from sse_observatory.instruments.acts.heads import Opening, opening

__all__ = ["Opening", "opening"]
