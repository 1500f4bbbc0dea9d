"""`python -m sandbox`: the command line of this very Python, wherever its script went."""

from sandbox.cli import main

if __name__ == "__main__":
    main()
