"""Sourced updates: claims, the products made of them, and their rendering."""
