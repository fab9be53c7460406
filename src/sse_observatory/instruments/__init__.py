"""Reading intergovernmental texts: from the file to paragraphs, acts, conditions and what changed."""
