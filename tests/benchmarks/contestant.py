"""The package's own side of a benchmark, in a process of its own: `python -m tests.benchmarks.contestant VERB …`.

Prints one JSON line as the references do.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas  # noqa: F401  (every contestant has it imported: see running.py)

import sandbox
from sandbox import registry

TINY = """\
sandbox: 1
engine: 1
name: tiny
seed: 1
clock: {start: 2026-01-01, days: 1}
datasets:
  things:
    rows: 1
    static: true
    columns:
      id: {serial: 1}
      name: {choice: [a]}
      text: {sql: "name || id"}
      amount: {gamma: {mean: 1}}
"""

Work = Callable[[], object]


def generate(scenario: str, out: str, workers: str) -> Work:
    """Read a scenario, make its datasets and write them with receipts, digests and manifest."""
    return lambda: sandbox.load(scenario).generate(out, workers=int(workers))


def arrive(scenario: str) -> Work:
    """Make the events of the dataset `web` and bring them in the order of their arrival; nothing is written."""
    import sandbox.sources.delivered
    import sandbox.world.world
    from sandbox.sources.opening import open_source

    def work() -> None:
        source = open_source(sandbox.load(scenario).plan, "web")
        for share in source.shares():
            for _ in source.batches(share):
                pass

    return work


def land_real(scenario: str, out: str) -> Work:
    """Land what the target `real` of a scenario has."""
    from sandbox.landing import Shape, land
    from sandbox.scenario.loader import Options, load

    plan = load(Path(scenario), Options(target="real")).plan
    return lambda: land(plan, Path(out), shape=Shape("landing", envelope=True))


def check(rows: str, folder: str) -> Work:
    """Check so many orders of 10 columns against their contract, once they are made."""
    from tests.benchmarks.checking import orders

    return orders(int(rows), Path(folder)).check


def write(folder: str, out: str, workers: str) -> Work:
    """Write the part files of a folder again, once they are in memory: texts as dictionaries, snappy, no digests."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for part in sorted(Path(folder).glob("*.parquet")):
        table = pq.read_table(part)
        texts = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
        for name in texts:
            column = table[name].combine_chunks().dictionary_encode()
            table = table.set_column(table.column_names.index(name), name, column)
        tables.append((part.name, table.combine_chunks()))
    Path(out).mkdir(exist_ok=True)

    def one(named: tuple[str, pa.Table]) -> None:
        name, table = named
        categories = [n for n in table.column_names if pa.types.is_dictionary(table.schema.field(n).type)]
        pq.write_table(table, Path(out, name), compression="snappy", use_dictionary=categories)

    def work() -> None:
        with ThreadPoolExecutor(int(workers)) as threads:
            list(threads.map(one, tables))

    return work


def check_real(scenario: str) -> Work:
    """Read the real datasets of a scenario and judge every rule: what verify does, told of nothing but counts."""
    from sandbox.contract.checks import Checked, RowCheck
    from sandbox.contract.keys import broken_keys
    from sandbox.sources.opening import open_source

    def work() -> None:
        plan = sandbox.load(scenario, target="real").plan
        for dataset in plan.bindings:
            source = open_source(plan, dataset)
            judge = RowCheck(source.contract, source.proven)
            for share in source.shares():
                for batch in source.batches(share):
                    assert isinstance(batch, Checked) or not judge(batch).rejected.num_rows
        parts = {name: sorted(Path(binding.source.path).glob("*.parquet")) for name, binding in plan.bindings.items()}
        with tempfile.TemporaryDirectory() as folder:
            for name, dataset in plan.datasets.items():
                found = broken_keys(dataset.contract, parts[name], parts, spill=Path(folder), threads=1)
                assert found.num_rows == 0

    return work


def verify(scenario: str) -> Work:
    """Hold the real datasets of a scenario against contract and dummy, in one thread."""
    import sandbox.verify.verify

    return lambda: sandbox.load(scenario, target="real").verify()


def gap(scenario: str, whole_rows: str) -> Work:
    """Measure the gap of every real dataset of a scenario, from its reading on."""
    import sklearn.ensemble  # noqa: F401  (imports are not what is timed)

    import sandbox.gap.gap

    return lambda: sandbox.load(scenario, target="real").gap(whole_rows=whole_rows == "yes", models=False)


def experiment(scenario: str, customers: str, days: str) -> Work:
    """Rehearse the experiment of a scenario with its truth, that of a full rollout, and its analysis."""
    from sandbox.experiment.experiment import try_out
    from sandbox.experiment.loop import Wishes

    settings = [f"datasets.customers.rows={customers}", f"clock.days={days}"]
    return lambda: try_out(sandbox.load(scenario, set=settings).plan, wishes=Wishes(workers=2))


VERBS: dict[str, Callable[..., Work]] = {
    "generate": generate,
    "arrive": arrive,
    "land": land_real,
    "check": check,
    "write": write,
    "gap": gap,
    "check_real": check_real,
    "verify": verify,
    "experiment": experiment,
}


def main() -> None:
    """Have everything imported, parts by their names and libraries by a scenario of one row; then time the work."""
    verb, *arguments = sys.argv[1:]
    for part in registry.names("sandbox.columns"):
        registry.load("sandbox.columns", part)
    with tempfile.TemporaryDirectory() as folder:
        tiny = Path(folder, "tiny.yaml")
        tiny.write_text(TINY, encoding="utf-8")
        generate(str(tiny), f"{folder}/out", "1")()
    work = VERBS[verb](*arguments)
    begun, cpu_begun = time.perf_counter(), _cpu_seconds()
    work()
    told = {
        "secs": time.perf_counter() - begun,
        "cpu_s": _cpu_seconds() - cpu_begun,
        "rss_self_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rss_child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    print(json.dumps(told))


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
