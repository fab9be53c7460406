"""Acts: what each operative paragraph does — verb, addressees, action, conditions, deadline, recurrence, references.

``acts_of(element, context)`` gives the acts of one paragraph, `opening` tells whether a text opens like an operative or
a preambular paragraph. Which words are verbs, conditions and bodies is data of the catalogue (`catalogue.drafting`).
"""

from sse_observatory.instruments.acts.extract import Context, acts_of
from sse_observatory.instruments.acts.heads import Opening, opening

__all__ = ["Context", "Opening", "acts_of", "opening"]
