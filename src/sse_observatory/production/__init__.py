"""Microdata: capabilities that do not import each other."""
