"""Start a verb, and turn whatever goes wrong into one clear message and the right exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import click

from sandbox.cli.app import app
from sandbox.cli.messages import tell_error
from sandbox.errors import EXIT_BAD_INPUT, EXIT_OUTSIDE, SandboxError

EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a gate or a check fails, 2 the input is wrong, 3 something outside."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        code = app(words, prog_name="sandbox", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        error.show()
        sys.exit(EXIT_BAD_INPUT)
    except SandboxError as error:
        if debug:
            raise
        tell_error(error, words)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted. What is finished stays; the same command goes on from there.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        if debug:
            raise
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"{where}{error.strerror or error}.", err=True)
        sys.exit(EXIT_OUTSIDE)
    sys.exit(code if isinstance(code, int) else 0)
