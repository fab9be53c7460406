"""Acts: what each operative paragraph does — verb, addressees, action, conditions, deadline, recurrence, references.

``acts_of(element, context)`` gives the acts of one paragraph. Which words are verbs, conditions and bodies is data of
the catalogue (`catalogue.drafting`).
"""

from sse_observatory.instruments.acts.extract import Context, acts_of

__all__ = ["Context", "acts_of"]
