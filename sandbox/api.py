"""The Python face: the same objects as the command line uses.

import sandbox
scenario = sandbox.load("scenarios/telecom.yaml", set={"datasets.customers.rows": 1000})
customers = scenario.frame("customers")
run = scenario.run()
run.record.gates, run.report
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.outside import Outside
from sandbox.runs.ended import Run, compare, find_run, list_runs
from sandbox.runs.listening import Listener, ignore, landing
from sandbox.scenario.forms import SCD2, Changes, Form, as_of_form, contract_of, in_form
from sandbox.scenario.loader import Loaded, Options
from sandbox.scenario.loader import load as load_plan
from sandbox.scenario.placing import in_place
from sandbox.scenario.plan import Plan
from sandbox.scenario.span import in_span, with_span

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sandbox.behaviour.figures import Behaviour
    from sandbox.board import Board
    from sandbox.landing import Landed
    from sandbox.models.recommend.base import Suggestion
    from sandbox.models.recommend.recommender import LeaveOut
    from sandbox.replay import Receipt, Told
    from sandbox.runs.estimates import Estimate
    from sandbox.runs.folder import RunFolder
    from sandbox.runs.recommending import Recommenders
    from sandbox.runs.record import AssumptionRecord, RunRecord
    from sandbox.runs.varying import Variation
    from sandbox.serve.running import Server
    from sandbox.world.world import World

Moment = str | datetime.date
"""A time by the scenario's clock: `day 30`, `day 30 12:00`, `2026-01-31`, or a date or datetime."""


@dataclass(frozen=True)
class Scenario(Outside):
    """A scenario that is right, ready to be made."""

    loaded: Loaded = field(repr=False)
    options: Options

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.plan.name

    @property
    def datasets(self) -> list[str]:
        """Names of the datasets that leave the world, in the order of the file."""
        return [name for name, spec in self.plan.scenario.datasets.items() if not spec.hidden]

    def batches(
        self, dataset: str, *, as_of: Moment | None = None, since: Moment | None = None, until: Moment | None = None
    ) -> Iterator[pa.RecordBatch]:
        """A dataset's rows as they arrive, in batches of at most 65,536; those that break the contract are left out.

        Args:
            as_of: of a history, the table as it stood then (`"day 30"`, a date); all its versions without it.
            since: only what happened then or later; of a history, versions that hold then or later.
            until: only what happened before, as it was known then.
        Raises:
            InputError: there is no such dataset, or no such moment.
            OutsideError: a real source cannot be read.
        """
        from sandbox.landing import accepted_batches

        self._known(dataset)
        plan = in_span(self._formed(as_of=as_of, dataset=dataset), since, until)
        return accepted_batches(plan, dataset, self._world)

    def live(self, dataset: str, *, since: Moment) -> Iterator[pa.RecordBatch]:
        """A stream from a moment on, without end, in the order of time: what `batches` gives, and on beyond the clock.

        Memory stays flat; the rows of the clock are those of one long run, whatever was made before.

        Raises:
            InputError: there is no such dataset or moment, or it is no stream of visits.
        """
        from sandbox.landing.living import living_batches

        return living_batches(self.plan, self._known(dataset), since)

    def table(self, dataset: str, *, as_of: Moment | None = None) -> pa.Table:
        """A whole dataset as an Arrow table, with the contract's columns and types; `as_of` as for `batches`."""
        import pyarrow as pa

        schema = contract_of(self._formed(as_of=as_of, dataset=dataset), self._known(dataset)).schema
        return pa.Table.from_batches(self.batches(dataset, as_of=as_of), schema)

    def frame(self, dataset: str, *, as_of: Moment | None = None) -> pd.DataFrame:
        """A whole dataset as a pandas frame, whole numbers of which some are missing as `Int64`; `as_of` as before."""
        from sandbox.landing.frames import frame_of

        return frame_of(self.table(dataset, as_of=as_of))

    def changes(self, dataset: str) -> pa.Table:
        """A history as the stream of its changes, in their order: what was done, when, and the row before and after.

        Raises:
            InputError: there is no such dataset, or it is no history.
        """
        import pyarrow as pa

        from sandbox.landing import accepted_batches

        plan = self._formed("changes", dataset=self._known(dataset))
        schema = contract_of(plan, dataset).schema
        whole = pa.Table.from_batches(accepted_batches(plan, dataset, self._world), schema)
        return whole.sort_by(
            [(name, "ascending") for name in ("changed_at", "sequence", *plan.datasets[dataset].contract.primary_key)]
        )

    def check(self) -> list[str]:
        """Judge what needs no data beyond what loading judged, and give warnings.

        Raises:
            InputError: a feature query does not fit the datasets.
        """
        from sandbox.runs.checking import check_scenario

        return check_scenario(self.loaded)

    def assumptions(self) -> list[AssumptionRecord]:
        """Every value that is assumed, with its question, its limits and whom to ask; personal ones masked."""
        from sandbox.runs.assumed import assumption_records

        return assumption_records(self.loaded)

    def change_ledger(self) -> pa.Table:
        """What changes over time: one row for each effect of a change and each time that it comes, by time.

        `effect` is `visits`, `nulls`, `adds`, `expressions`, `launch`, or `sets` (a transition at a fixed time);
        `size` its factor or share; `starts`, `whole_from` and `ends` (null: for good) tell when.
        It is for scoring whoever has to notice.
        """
        from sandbox.world.ledger import ledger

        return ledger(self._world)

    def reached(self, change: str) -> pa.Table:
        """Whom a change reaches that is not for all: the key of its dataset, `starts` and `ends` (null: for good).

        Raises:
            InputError: there is no such change, or it reaches everybody.
        """
        import pyarrow as pa

        from sandbox.world.ledger import exposed, exposures

        if change not in exposed(self.plan):
            said = "reaches everybody" if change in self.plan.changes else "is no change of the scenario"
            raise InputError(f"{self.plan.file}: '{change}' {said}.{did_you_mean(change, exposed(self.plan))}")
        return pa.Table.from_batches(list(exposures(self._world, change)))

    def touches(self) -> dict[str, dict[str, Any]]:
        """Every file, host and environment variable behind the targets: `{target: {dataset: {kind: names}}}`."""
        from sandbox.runs.checking import touches

        return touches(self.loaded)

    def sizes(self) -> dict[str, int]:
        """Rows of each dataset; -1 where its parent, or a real source, decides."""
        return {name: -1 if name in self.plan.bindings else self.plan.datasets[name].rows for name in self.datasets}

    def estimate(self, most_unmeasured: int = 0) -> dict[str, Estimate]:
        """About how many rows, and bytes of Parquet, each simulated dataset would come to; from a few of its entities.

        Args:
            most_unmeasured: up to so many rows nothing is made to measure their size.
        Raises:
            InputError: a rate or a parameter is out of bounds.
        """
        from sandbox.runs.estimates import estimates

        with in_place(self.loaded.document):
            return estimates(self.plan, most_unmeasured=most_unmeasured)

    def cache_key(self) -> str:
        """A short key that changes when the values of the datasets may change, and only then: for a cache of theirs.

        Raises:
            InputError: the target takes rows from a host, where they can change without a sign.
        """
        from sandbox.fixtures.key import origin_of

        return origin_of(self.loaded).key

    def preview(self, dataset: str, rows: int = 5, *, show_pii: bool = False) -> pa.Table:
        """The first rows of a dataset, personal data masked; no more than those rows are made or read."""
        import pyarrow as pa

        from sandbox.contract.masking import masked
        from sandbox.landing import accepted_batches

        contract = self.plan.datasets[self._known(dataset)].contract
        with in_place(self.loaded.document):
            first = pa.Table.from_batches(accepted_batches(self.plan, dataset, self._world, rows), contract.schema)
        return masked(first, contract, show_pii)

    @property
    def streams(self) -> list[str]:
        """The simulated datasets with visits. Raises InputError: there is none."""
        from sandbox.behaviour.sampled import streams_of

        found = [name for name in streams_of(self.plan) if name in self.datasets and name not in self.plan.bindings]
        if not found:
            raise InputError(f"{self.plan.file}: no simulated dataset has `visits:`, so there is no behaviour to see.")
        return found

    def behaviour(self, dataset: str) -> Behaviour:
        """What the first customers of a stream do: journey, funnel, week, who stays. Quick at any scale.

        Raises:
            InputError: it is no simulated stream of visits, or nobody comes.
        """
        from sandbox.behaviour.sampled import sampled

        if self._known(dataset) not in self.streams:
            known = did_you_mean(dataset, self.streams)
            raise InputError(f"{self.plan.file}: '{dataset}' is no simulated dataset with `visits:`.{known}")
        with in_place(self.loaded.document):
            return sampled(self.plan, dataset)

    def generate(
        self,
        out: str | os.PathLike[str],
        *,
        format: str = "parquet",
        history: str = "scd2",
        as_of: Moment | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        workers: int = 1,
        force: bool = False,
        edge_cases: bool = False,
        listen: Listener = ignore,
    ) -> Landed:
        """Write every dataset below `out`, with a manifest. Stopped and called again, it goes on where it stopped.

        Args:
            out: the folder; it may be there, but not hold another landing.
            format: `parquet`, `arrow`, `csv`, `jsonl` or an installed plugin's name.
            history: how histories are written: `scd2` (versions with valid_from and valid_to) or `changes` (inserts,
                updates and deletes, with the row before and after).
            as_of: histories as their tables stood then, in place of either; `"day 30"` or a date.
            since: only what happened then or later: what comes after a past that was written `until` then.
            until: only what happened before, and histories as they were known then.
            workers: how many work at once.
            force: replace what another scenario left in the folder.
            edge_cases: add rows at the boundaries of each simulated dataset's contract, in files of their own.
            listen: told of progress.
        Raises:
            InputError: an unknown format, a source that does not fit its contract, somebody else's folder.
            OutsideError: a source or the disk failed.
        """
        from sandbox.edges import with_edge_cases
        from sandbox.landing import land
        from sandbox.runs.folder import ignored_by_git
        from sandbox.sinks.opening import format_named

        sink = format_named(format)
        plan = self._formed(history, as_of, flat=not sink.holds_structs)
        plan = in_span(plan, since, until)
        if edge_cases and plan is not self.plan and (history != "scd2" or as_of is not None):
            raise InputError("edge cases are rows of histories as they are; take `history` and `as_of` away.")
        with in_place(self.loaded.document):
            landed = land(
                plan,
                Path(out),
                sink=sink,
                workers=workers,
                force=force,
                edge_cases=partial(with_edge_cases, self.plan, self._world) if edge_cases else None,
                progress=landing(listen),
            )
        if self.plan.bindings:
            ignored_by_git(Path(out))
        return landed

    def edge_cases(self, dataset: str) -> pa.Table:
        """Rows at the boundaries of a dataset's contract: valid, with keys that the dataset has not."""
        from sandbox.edges import edge_rows

        return edge_rows(self.plan, self._world, self._known(dataset)).rows

    def invalid(self, dataset: str, rows: int) -> Mapping[str, pa.Table]:
        """Rows that each break one rule of a dataset's contract, by the rule's name; a `type` rule's column is text."""
        from sandbox.edges import invalid_rows

        return {
            each.rule.name: each.rows
            for each in invalid_rows(self.plan, self._world, self._known(dataset), rows).broken
        }

    def write_invalid(self, out: str | os.PathLike[str], rows: int, *, format: str = "parquet") -> dict[str, Any]:
        """Write so many such rows of each simulated dataset below `out`, a file a rule, and tell which break which.

        Raises:
            InputError: an unknown format, or one that cannot be read back; or the folder holds something else.
        """
        from sandbox.edges import write_invalid

        return write_invalid(self.plan, self._world, Path(out), rows, format)

    def run(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        workers: int = 1,
        trials: int | None = None,
        sprint: str = "",
        goal: str = "",
        show_pii: bool = False,
        listen: Listener = ignore,
    ) -> Run:
        """Do everything: data, features, models, gates, report.

        Args:
            out: where the runs lie; this one becomes `out/<scenario>/<number>`.
            workers: how many work at once.
            trials: repeats a box of time by the number of trials that it held.
            sprint: which sprint the run belongs to, for the board.
            goal: what it is for, for the board.
            show_pii: show personal data in the report.
            listen: told of progress.
        Raises:
            InputError: a real source, a feature query or a label does not fit; nothing is left behind.
            OutsideError: a source or the disk failed; the same call goes on from there.
        """
        from sandbox.report import write_report
        from sandbox.runs.modelling import Wishes
        from sandbox.runs.run import carry_out

        def pages(folder: RunFolder, record: RunRecord) -> None:
            write_report(folder, record, show_pii)

        with in_place(self.loaded.document):
            wishes = Wishes(Path(out), workers, trials, listen, sprint=sprint, goal=goal)
            made = carry_out(self.loaded, self.options, wishes, pages)
        return Run(made.folder, made.record, made.models)

    def board(self, out: str | os.PathLike[str] = "data", *, today: datetime.date | None = None) -> Board:
        """What a team looks at each morning: datasets, models, gates, who waits for whom, sprints.

        Args:
            out: where the runs lie, and what `sandbox verify --keep` kept.
            today: for which day it is drawn; today's by default.
        Raises:
            InputError: a feature query does not fit the datasets, or a kept verification cannot be read.
        """
        from sandbox.board import board_of

        with in_place(self.loaded.document):
            return board_of(self.loaded, Path(out), today or datetime.date.today())

    def replay(
        self,
        *streams: str,
        to: str,
        order: str = "event",
        speed: float | None = None,
        rate: str | float | None = None,
        history: str = "scd2",
        since: Moment | None = None,
        until: Moment | None = None,
        loops: int = 1,
        redate: str | None = None,
        fresh: bool = False,
        patience_s: float = 60.0,
        out: str | os.PathLike[str] = "data",
        listen: Told | None = None,
    ) -> Receipt:
        """Send datasets to a sink, in order and at a pace. Stopped and called again, it goes on where it stopped.

        Args:
            streams: which, merged into one order; all by default.
            to: an address: `-` (standard output), `jsonl:FOLDER`, `jsonl:FILE.jsonl`, `kafka://HOST:PORT/TOPIC`, …
            order: `event`, by the time that rows tell of, or `arrival`.
            speed: so many times real time.
            rate: so many rows a second (`500` or `"500/s"`). Without speed and rate: as fast as possible.
            history: how histories are sent: `scd2` or `changes`, as for `generate`.
            since: only what happened then or later.
            until: only what happened before.
            loops: how often everything is sent; 0: again and again, until somebody breaks off.
            redate: move all timestamps so that the first is now (`begin`), or the last (`end`); `now`: the first if
                there is a pace, else the last. Loops then follow each other in time.
            fresh: begin anew, whatever an earlier call kept.
            patience_s: how long a sink that does not answer is tried again.
            out: where the runs lie; checkpoint and receipt go below `out/<scenario>/replays`.
            listen: told of rows sent and of the lag in seconds, about once a second.
        Raises:
            InputError: an unknown dataset, sink or option; a sink that cannot hold the rows. Nothing was sent.
            OutsideError: a sink or source failed for good; `replay.Stopped`, which has the receipt.
        """
        from sandbox.replay import Wishes, replay, work_of
        from sandbox.replay.moments import order_of
        from sandbox.replay.pace import AtOnce
        from sandbox.replay.paces import pace_of
        from sandbox.replay.redating import redate_of
        from sandbox.runs.folder import ignored_by_git

        if loops < 0:
            raise InputError(Problem(f"got {loops}, must be >= 0.", "loops"))
        plan = with_span(self._formed(history), since, until)
        pace = pace_of(speed, rate)
        redated = redate_of(redate, is_paced=pace != AtOnce())
        wishes = Wishes(order_of(order), pace, loops, redated, fresh, patience_s)
        work = work_of(plan, streams, to, wishes, Path(out))
        work.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored_by_git(work.folder)
        with in_place(self.loaded.document):
            return replay(work, world=self._world, listen=listen)

    def serve(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        run: Run | None = None,
        events: str | None = None,
        filters: Mapping[str, str] | None = None,
        answers: Mapping[str, list[str]] | None = None,
        latency: float = 0.0,
        error_rate: float = 0.0,
        port: int = 0,
    ) -> Server:
        """Answer as Amazon Personalize does, from a thread, on this machine; `with` ends it, or `close`.

        Args:
            out: what comes in is kept below `out/<scenario>/accepted`, and known again.
            run: learn from what landed in it; else from a simulation.
            events: the stream to learn from, where there are several.
            filters: expressions by name, there from the start.
            answers: fixed items by customer; `*` is everybody else.
            latency: seconds that each answer is kept back.
            error_rate: share of calls that fail.
            port: 0 is a free one.
        Raises:
            InputError: no stream tells which customer met which item; a filter makes no sense.
            OutsideError: the port is taken, or the disk does not take what comes in.
        """
        from sandbox.serve.running import Wishes, run_server

        wishes = Wishes(
            Path(out) / self.name / "accepted",
            None if run is None else run.folder,
            events,
            filters or {},
            answers or {},
            latency,
            error_rate,
            port,
        )
        return run_server(self.plan, self._world, wishes)

    def vary(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        workers: int = 1,
        scale: float | None = None,
        listen: Listener = ignore,
    ) -> Variation:
        """Rerun the scenario small with each assumption at its ends, and rank them by what they change.

        Args:
            out: where the runs lie; the reruns go below `.varied` in it, and are not made twice.
            workers: how many processes rerun at once; a script with more than one needs `if __name__ == "__main__"`.
            scale: of the rows; by default so small that a rerun takes some seconds.
            listen: told of progress.
        Raises:
            InputError: the scenario has no models, or an end is no value of its key.
            OutsideError: a source, a process or the disk failed; the same call goes on from there.
        """
        from sandbox.runs.varying import vary

        return vary(self.loaded, Path(out), workers, scale, listen)

    def recommend(
        self,
        customer: Any = None,
        n: int = 10,
        *,
        item: Any = None,
        run: Run | None = None,
        events: str | None = None,
        goal: str | None = None,
        leave_out: LeaveOut = "bought",
    ) -> list[Suggestion]:
        """Items for a customer: what goes with those that were looked at, then best sellers.

        The first call learns from the events, simulated (the first five million) or landed; later ones are quick.

        Args:
            customer: their id; best sellers for None and for who was never seen.
            n: how many, >= 1.
            item: what is looked at now: the list is then about it.
            run: learn from what landed in this run.
            events: the stream to learn from, where several have items.
            goal: the event that counts as a sale; `purchase` where there is one, else every event.
            leave_out: `bought`, `seen` or `nothing` of what the customer did.
        Raises:
            InputError: no stream has customers and items, or an id or an event is not one.
        """
        folder = None if run is None else run.folder
        return self._recommenders.recommend(customer, n, item, folder, events, goal, leave_out)

    @cached_property
    def _recommenders(self) -> Recommenders:
        from sandbox.runs.recommending import Recommenders

        return Recommenders(self.plan, self._world)

    @cached_property
    def _world(self) -> World:
        """What simulated datasets come from; made once, since it remembers what it has made."""
        from sandbox.sources.opening import world_of

        return world_of(self.plan)

    def _formed(
        self, history: str = "scd2", as_of: Moment | None = None, dataset: str | None = None, flat: bool = False
    ) -> Plan:
        """The plan with histories in the form that is asked for; `dataset` must then be one."""
        written: dict[str, Form] = {"scd2": SCD2, "changes": Changes(flat)}
        if history not in written:
            raise InputError(f"history: unknown form '{history}'.{did_you_mean(history, written)}")
        if as_of is not None and history != "scd2":
            raise InputError("as of: a table as of a time has no changes; ask for one of the two.")
        form = written[history] if as_of is None else as_of_form(self.plan, as_of)
        if form != SCD2 and dataset is not None and not self.plan.datasets[self._known(dataset)].spec.history:
            raise InputError(f"'{dataset}' is no history; only a history's rows change.")
        return in_form(self.plan, form)

    def _known(self, dataset: str) -> str:
        if dataset not in self.datasets:
            raise InputError(f"{self.plan.file}: unknown dataset '{dataset}'.{did_you_mean(dataset, self.datasets)}")
        return dataset


def load(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    seed: int | None = None,
    scale: float = 1.0,
    set: Mapping[str, Any] | Sequence[str] = (),
    allow: Sequence[str | os.PathLike[str]] = (),
) -> Scenario:
    """Read a scenario file and judge it.

    Args:
        path: the scenario file.
        target: where datasets come from; the dummy by default.
        seed: another seed than the file's.
        scale: multiplies the rows of every entity.
        set: values that go over the file's, by dotted path.
        allow: further folders that `include:` may reach into.
    Raises:
        InputError: everything that is wrong, each problem with its place.
    """
    texts = (
        [f"{key}={json.dumps(value, default=str)}" for key, value in set.items()]
        if isinstance(set, Mapping)
        else list(set)
    )
    options = Options(target, seed, scale, tuple(texts), tuple(os.fspath(folder) for folder in allow))
    return Scenario(load_plan(path, options), options)


__all__ = ["InputError", "Problem", "Run", "Scenario", "compare", "find_run", "list_runs", "load"]
