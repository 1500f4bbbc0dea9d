"""A real EventSource in a real browser hears every row once and in order, from another origin and through a cut."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.sinks.opening import outlet_at
from tests.sinks.sent_rows import errand, numbered

PAGE = """<!doctype html><script>
const rows = [];
const source = new EventSource("%s");
source.onmessage = event => rows.push(JSON.parse(event.data).n);
source.addEventListener("end", () => { source.close(); fetch("/told", {method: "POST", body: JSON.stringify(rows)}); });
</script>"""


class Site:
    """Serves the page on a port of its own, and waits for what the page tells."""

    def __init__(self, page: str) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page.encode())

            def do_POST(self) -> None:
                site.told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()
                site.done.set()

            def log_message(self, *_: object) -> None:
                pass

        self.told: list[int] = []
        self.done = threading.Event()
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.server_port}/"


@pytest.fixture
def browse(tmp_path):
    """Opens an address in Chromium, until the test is over."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "No Chromium on this machine (apt-get install chromium)."
    running = []

    def open_(url):
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={tmp_path}/profile",
        ]
        with (tmp_path / "printed").open("wb") as printed:
            running.append(
                subprocess.Popen([chromium, *options, "--remote-debugging-port=0", url], stdout=printed, stderr=printed)
            )

    yield open_
    for process in running:
        process.terminate()
        process.wait(20)


def test_a_page_hears_every_row_once_though_its_connection_is_cut(browse):
    outlet = outlet_at("sse://127.0.0.1:0/events?keep=100000").connect(errand(patience_s=60))
    try:
        with Site(PAGE % outlet.url) as site:
            browse(site.url)
            for at in range(0, 20_000, 1000):
                outlet.send(numbered(at, at + 1000))
                if at == 7000:
                    outlet.server.drop_all()
            outlet.flush()
            outlet.close()
            assert site.done.wait(60), "the page told nothing"
            assert site.told == list(range(20_000))
    finally:
        outlet.close()


def test_the_address_opened_in_a_browser_listens(browse):
    outlet = outlet_at("sse://127.0.0.1:0/events").connect(errand(patience_s=60))
    try:
        browse(outlet.url.removesuffix("events"))
        outlet.send(numbered(0, 2000))
        outlet.flush()
        assert outlet.account().acknowledged == 2000
        assert len(outlet.log.listeners) == 1
    finally:
        outlet.close()
