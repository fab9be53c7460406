"""The tables of the portal's database, step by step."""
