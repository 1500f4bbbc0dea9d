"""Whether the live page stays smooth: a hundred listeners and a browser, at ten thousand events a second.

The show and its server are a process of their own. Listeners are plain connections; how long the longest wait between
two news was is told beside how much memory the process gained while they listened, and in the same time without them,
since a show's own experiment grows. The page is Chromium's and counts by itself how many pictures it drew, while the
show goes on and while it stands still.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.printing import Line

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios/telecom_loop.yaml"
SETTINGS = (
    "datasets.web_events.visits.per_day=1.9 * exp(0.5 * parent.appetite)",
    "delivery.connector.outages=[]",
    "experiment.shelves.retrain.window=7 days",
)
LISTENERS = 100
SPEED = 10_000
LISTENED_S, PAGE_S = 20.0, 8.0
_FRAMES = """
seconds => new Promise(done => {
  const at = [];
  const tick = now => { at.push(now); at.at(-1) - at[0] < seconds * 1000 ? requestAnimationFrame(tick) : done(at); };
  requestAnimationFrame(tick);
})
"""


def run(folder: Path, share: float) -> list[Line]:
    """What came of one show."""
    seconds = max(LISTENED_S * share, 5.0)
    with _show(folder) as (url, process):
        _ask(url, {"do": "pace", "speed": SPEED, "running": True})
        time.sleep(5)
        at = [_resident_mb(process)]
        time.sleep(seconds)
        at.append(_resident_mb(process))
        heard = asyncio.run(_listen(url, seconds))
        at.append(_resident_mb(process))
        drawn = {"goes on": _page(url, PAGE_S * max(share, 0.5))}
        _ask(url, {"do": "pace", "running": False})
        drawn["stands still"] = _page(url, PAGE_S * max(share, 0.5))
    rows, took = heard[0].rows
    waits = np.concatenate([each.waits for each in heard])
    alone, listened = np.diff(at)
    return [
        Line("the show", {"events a second": rows / took, "wanted": "10,000"}),
        Line(
            f"{LISTENERS} listeners",
            {"news a second each": len(waits) / LISTENERS / seconds, "longest wait, s": float(waits.max())},
        ),
        Line("memory gained while they listened", {"MB": listened, "MB without them": alone, "wanted": "no more"}),
        *(
            Line(f"the page while the show {state}", _smooth(np.diff(np.array(frames))))
            for state, frames in drawn.items()
        ),
    ]


def _smooth(gaps: NDArray[np.float64]) -> dict[str, float]:
    """Of the milliseconds between pictures."""
    return {"pictures a second": len(gaps) / (gaps.sum() / 1000), "99 % within, ms": float(np.quantile(gaps, 0.99))}


@contextmanager
def _show(folder: Path) -> Iterator[tuple[str, int]]:
    """A server of the live page alone, in a process of its own: where it is, and the process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(folder / "live", there), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        yield here.recv(), process.pid
    finally:
        here.send("end")
        process.join(30)


def _serve(folder: Path, told: Connection) -> None:
    import threading

    from starlette.applications import Starlette

    import sandbox
    from sandbox.demo.live.opening import Stage
    from sandbox.demo.live.routes import routes_of
    from sandbox.serve.server import listen, serving, url_of

    stage = Stage(sandbox.load(SCENARIO, set=list(SETTINGS)).plan, folder, truth=False)
    stage.show()
    with listen("127.0.0.1", 0) as listening:
        server = serving(Starlette(routes=routes_of(stage)), listening)
        server.ready, server.leaving = lambda: told.send(url_of(listening)), stage.close
        threading.Thread(target=lambda: (told.recv(), server.stop()), daemon=True).start()
        server.run()


@dataclass
class _Heard:
    """What one listener heard: seconds between news, and rows over a time."""

    waits: list[float] = field(default_factory=list)
    first: tuple[int, float] | None = None
    last: tuple[int, float] | None = None

    @property
    def rows(self) -> tuple[int, float]:
        assert self.first is not None
        assert self.last is not None
        return self.last[0] - self.first[0], self.last[1] - self.first[1]


async def _listen(url: str, seconds: float) -> list[_Heard]:
    return await asyncio.gather(*(_one(url, seconds) for _ in range(LISTENERS)))


async def _one(url: str, seconds: float) -> _Heard:
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=1 << 22)
    writer.write(f"GET /live/news HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode())
    heard, ends, last = _Heard(), time.monotonic() + seconds, None
    try:
        async with asyncio.timeout(seconds):
            kind = b""
            async for line in reader:
                if line.startswith(b"event: "):
                    kind = line[7:].strip()
                elif line.startswith(b"data: ") and kind == b"now":
                    now = time.monotonic()
                    heard.waits += [now - last] if last is not None else []
                    rows = json.loads(line[6:])["rows"]
                    heard.first, heard.last, last = heard.first or (rows, now), (rows, now), now
                if time.monotonic() > ends:
                    break
    except TimeoutError:
        pass
    finally:
        writer.close()
    return heard


def _page(url: str, seconds: float) -> list[float]:
    """When the page drew, in milliseconds."""
    from tests.live.browsing import chromium

    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/live")
        page.locator("#traffic-chart path").first.wait_for(state="attached")
        found: list[float] = page.evaluate(_FRAMES, seconds)
        return found


def _ask(url: str, what: dict[str, object]) -> None:
    body = json.dumps(what).encode()
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/live/act", body, {"Content-Type": "application/json"})
    ).close()


def _resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6
