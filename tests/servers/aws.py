"""Kinesis and S3 as moto plays them, behind the endpoint that boto3 and pyarrow are pointed to by their variables."""

from __future__ import annotations

import sys
import urllib.request

from tests.servers.server import Server


class Aws(Server):
    """moto's server in a process of its own. Killed and started again, it has forgotten everything."""

    name = "aws"

    def command(self) -> list[str]:
        """The server, by the Python that runs the tests."""
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    @property
    def url(self) -> str:
        """The endpoint: `http://127.0.0.1:PORT`."""
        return f"http://{self.address}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 and pyarrow find it; moto takes any key."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def reset(self) -> None:
        """Forget every bucket, stream and record."""
        asked = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        with urllib.request.urlopen(asked, timeout=10):
            pass
