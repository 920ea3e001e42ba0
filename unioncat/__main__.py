"""`python -m unioncat` is the command `unioncat`."""

from unioncat.cli import main

main()
