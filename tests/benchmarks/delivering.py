"""What delivery adds to the making of events: two streams through the four stages of the default chain.

One is the shop's, whose customers weigh what they choose; the other that of `behaving`, as lean as can be. Both sides
make the same events in one thread and write nothing; the delivered side brings them in the order of their
arrival. Memory is the largest resident set of a process that delivers four million events (four shares of a million),
and of one that delivers twelve: it must not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import behaving
from tests.benchmarks.printing import Line
from tests.benchmarks.running import best_of, sandbox

SHOP = Path(__file__).parents[2] / "scenarios" / "shop.yaml"
CUSTOMERS, SHOPPERS, DAYS = 200_000, 10_000, 7
MOST_ROUNDS = 3
"""On a busy machine of two cores a round takes ten seconds, and memory half a minute."""
EVENTS_A_CUSTOMER_DAY = 1.23
MEASURED_DAYS = (28, 84)
MILLION = 1_000_000


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Compare making with making and delivering, then deliver three times the days."""
    rounds = min(rounds, MOST_ROUNDS)
    lean = behaving.SCENARIO.format(customers=max(int(CUSTOMERS * share), 1), days=DAYS)
    shop = SHOP.read_text(encoding="utf-8").partition("\nmodels:")[0] + "\n"
    shop = shop.replace("rows: 4_000", f"rows: {max(int(SHOPPERS * share), 1)}").replace("web_events:", "web:")
    lines = [*_compared(folder, rounds, "the shop's", shop), *_compared(folder, rounds, "a lean one", lean)]
    return [*lines, *_memory(folder, share)]


def _compared(folder: Path, rounds: int, name: str, text: str) -> list[Line]:
    plain, delivered = folder / "plain.yaml", folder / "delivered.yaml"
    plain.write_text(text, encoding="utf-8")
    delivered.write_text(f"{text}delivery: default\n", encoding="utf-8")
    measured = best_of([sandbox(each.stem, "arrive", each) for each in (plain, delivered)], rounds)
    made, brought = (measured[side].cpu_seconds for side in ("plain", "delivered"))
    added = {"cpu seconds": (brought - made) / made, "wanted": "at most 1"}
    return [
        *(
            Line(f"{name}: {side}", {"seconds": each.seconds, "cpu seconds": each.cpu_seconds})
            for side, each in measured.items()
        ),
        Line(f"{name}: four stages by the making", added),
    ]


def _memory(folder: Path, share: float) -> Iterator[Line]:
    """The same customers, and three times the days, so that only the number of events differs."""
    customers = round(12 * MILLION * share / MEASURED_DAYS[-1] / EVENTS_A_CUSTOMER_DAY)
    for days in MEASURED_DAYS:
        file = folder / "long.yaml"
        text = behaving.SCENARIO.format(customers=customers, days=days)
        file.write_text(f"{text}delivery: default\n", encoding="utf-8")
        measured = sandbox("memory", "arrive", file).run()
        events = round(customers * days * EVENTS_A_CUSTOMER_DAY)
        figures = {"memory MiB": measured.memory_mib, "seconds": measured.seconds}
        yield Line(f"delivered: about {events:,} events in {days} days", figures)
