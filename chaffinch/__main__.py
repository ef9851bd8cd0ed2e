"""`python -m chaffinch`: the command line."""

from chaffinch.main import main

main()
