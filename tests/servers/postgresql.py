"""A real PostgreSQL with a fresh cluster, which may be killed, stopped and started again on the same port and data."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from tests.servers.server import Server, ServerError

USER, PASSWORD, DATABASE = "sandbox", "a secret of the tests", "postgres"


class PostgreSQL(Server):
    """One server, which asks for a password as real ones do. Run by root, it takes an unprivileged user, as it must.

    Args:
        settings: of the server, as in its configuration file.
    """

    name = "postgresql"

    def __init__(self, **settings: str) -> None:
        super().__init__()
        # Its files need not outlive the machine, only the process.
        self.settings = {"listen_addresses": "127.0.0.1", "fsync": "off", "log_min_messages": "warning", **settings}
        self._programs = _programs()
        self.user = _unprivileged()
        self._lay_out()

    def command(self) -> list[str]:
        """The server, with its settings."""
        places = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder)]
        told = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), *places, *told]

    def answers(self) -> bool:
        """Whether it takes questions; after a kill it recovers first."""
        asked = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-d", DATABASE]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables that every client of PostgreSQL knows: with them, `postgresql://` alone finds the server."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": PASSWORD,
            "PGDATABASE": DATABASE,
        }

    def stop(self, sign: signal.Signals = signal.SIGINT, patience_s: float = 20.0) -> None:
        """End it in order but at once: it does not wait for its clients to leave."""
        super().stop(sign, patience_s)

    def create_database(self, name: str) -> dict[str, str]:
        """Make an empty database and give the `environment` that leads to it."""
        asked = [str(self._programs / "createdb"), name]
        subprocess.run(asked, env={**os.environ, **self.environment}, check=True)
        return {**self.environment, "PGDATABASE": name}

    def restart(self) -> None:
        """Stop and start: every connection is lost."""
        self.stop()
        self.start()

    def limit_files(self, octets: int | None) -> None:
        """Let no file of whoever connects from now on grow beyond so much, as a disk that is full; None lifts that.

        A length between two pages has a page written in part, which PostgreSQL tells as a full disk.
        """
        assert self._process is not None
        limit = "unlimited" if octets is None else str(octets)
        command = ["prlimit", f"--pid={self._process.pid}", f"--fsize={limit}:unlimited"]
        subprocess.run(command, user=self.user, check=True)  # only a process's own user may

    def bring_back(self) -> None:
        """Serve again, without limits."""
        super().bring_back()
        self.limit_files(None)

    def close(self) -> None:
        """End it, its shared memory with it, and remove its data."""
        self.stop(signal.SIGQUIT)
        super().close()

    def _lay_out(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if self.user is not None:
            for path in (self.folder, secret):
                os.chown(path, self.user, -1)
        command = [
            str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", USER, f"--pwfile={secret}",
            "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=self.folder, user=self.user, capture_output=True, text=True, check=False)
        if done.returncode:
            self.close()
            raise ServerError(f"initdb could not make a cluster:\n{done.stdout}{done.stderr}")


def _programs() -> Path:
    """Where PostgreSQL's own programs lie; Debian keeps them out of the path, a folder a version."""
    found = shutil.which("postgres")
    if found is not None and (Path(found).resolve().parent / "initdb").is_file():
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise ServerError("No PostgreSQL on this machine (apt-get install postgresql).")
    return versions[-1].parent


def _unprivileged() -> int | None:
    """The user to run as: nobody else than who runs the tests, unless that is root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise ServerError("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run as.")
