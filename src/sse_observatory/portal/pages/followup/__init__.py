"""The pages of the follow-up: what was agreed, what became of it, and how that is known, as of a date."""
