"""The command line: `sandbox VERB …`. `main` is the entry point; every error ends in words and an exit code."""

from sandbox.cli.main import main

__all__ = ["main"]
