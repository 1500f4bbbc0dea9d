"""Start servers and tell where they are, until Ctrl-C: `python -m tests.servers kafka postgresql aws registry`."""

from __future__ import annotations

import argparse
import contextlib
import signal

from tests.servers import Aws, Kafka, PostgreSQL, SchemaRegistry

SERVERS: dict[str, type[Aws | Kafka | PostgreSQL | SchemaRegistry]] = {
    "kafka": Kafka,
    "postgresql": PostgreSQL,
    "aws": Aws,
    "registry": SchemaRegistry,
}


def main() -> None:
    """Start what is asked for and wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("servers", nargs="+", choices=SERVERS)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as running:
        for name in dict.fromkeys(asked.servers):
            server = running.enter_context(SERVERS[name]())
            print(f"# {name}: {server.address}", flush=True)
            for variable, value in server.environment.items():
                print(f"export {variable}='{value}'", flush=True)
        print("# Ctrl-C ends them.", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
