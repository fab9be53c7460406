"""`python -m sse_observatory.cli` is the command `observatory`."""

from sse_observatory.cli import main

main()
