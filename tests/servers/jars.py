"""Apache Kafka's jars, fetched once by Maven, however it is set up, and kept in the user's cache.

SANDBOX_TEST_SERVERS names another folder than the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.server import ServerError

VERSION = "4.3.1"
# What Kafka logs through has a voice only with a binding beside it.
_LOGGING = "2.25.4"
_POM = f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>sandbox.tests</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{_LOGGING}</version>
      <scope>runtime</scope>
    </dependency>
  </dependencies>
</project>
"""


def kafka_jars() -> Path:
    """The folder with all jars of a broker; fetched where it is not there yet. Raises ServerError."""
    folder = _cache() / f"kafka-{VERSION}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            _fetch(Path(work))
            _move(Path(work) / "jars", folder)
    return folder


def java() -> str:
    """The `java` of JAVA_HOME, or else of the path. Raises ServerError."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if found is None:
        raise ServerError(
            "No java on this machine: Kafka needs Java 17 or newer (apt-get install openjdk-17-jre-headless)."
        )
    return found


def _cache() -> Path:
    told = os.environ.get("SANDBOX_TEST_SERVERS")
    if told:
        return Path(told)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sandbox-test-servers"


def _fetch(work: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerError("No mvn on this machine, which fetches Kafka's jars (apt-get install maven).")
    (work / "pom.xml").write_text(_POM, encoding="utf-8")
    command = [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"Maven could not fetch Kafka {VERSION}:\n{done.stdout}{done.stderr}")


def _move(fetched: Path, folder: Path) -> None:
    try:
        fetched.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first, with the same jars
            raise
