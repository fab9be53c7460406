"""The briefing of a government group, from a form: group, date, language and format make a document."""
