"""What a browser shows that is led to server-sent events itself: a page that listens to them."""

from __future__ import annotations

import html
import json

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
<p>A page of your own listens with <code>new EventSource(location.origin + {path})</code>.</p>
<p><strong id="state" role="status">Waiting for rows.</strong></p>
<pre id="rows" aria-label="The latest rows"></pre>
<script>
const state = document.getElementById("state"), shown = document.getElementById("rows");
const latest = [], source = new EventSource({path});
let heard = 0, missed = 0, drawing = false;
function tell(what) {{
  state.textContent = heard.toLocaleString("en") + " rows" + (missed ? ", " + missed + " missed" : "") + what;
}}
function draw() {{
  drawing = false;
  shown.textContent = latest.join("\\n");
}}
source.onmessage = event => {{
  heard += 1;
  latest.unshift(event.data);
  latest.length = Math.min(latest.length, 100);
  if (!drawing) {{ drawing = true; setTimeout(draw, 100); }}
  tell("; the latest first.");
}};
source.addEventListener("gap", event => {{ missed += JSON.parse(event.data).missed; }});
source.addEventListener("end", () => {{ source.close(); tell("; that was all."); }});
source.onerror = () => tell("; the connection broke off, and is tried again.");
</script>
</html>
"""


def page_of(path: str) -> bytes:
    """The page, for events that are served at a path of the same origin."""
    script = json.dumps(path).replace("<", "\\u003c").replace("&", "\\u0026")
    return _PAGE.format(title=f"Events at {html.escape(path)}", path=script).encode()
