"""`python -m gromov`: the command line."""

from gromov.cli.start import main

if __name__ == "__main__":
    main()
