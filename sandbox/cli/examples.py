"""What `--help` of each verb shows beside its options: command lines to copy."""

from __future__ import annotations

EXAMPLES = {
    "init": ("sandbox init -o shop.yaml", "sandbox init --from customer.avsc order.avsc -o draft.yaml"),
    "contract": (
        "sandbox contract import orders.odcs.yaml",
        "sandbox contract export shop.yaml#orders --as avro --out orders.avsc",
        "sandbox contract diff old.avsc new.avsc --mode backward",
    ),
    "check": ("sandbox check shop.yaml", "sandbox check shop.yaml --target real --format github"),
    "assumptions": ("sandbox assumptions draft.yaml > questions.md", "sandbox assumptions draft.yaml --vary"),
    "preview": (
        "sandbox preview shop.yaml customers --rows 3",
        "sandbox preview shop.yaml --behaviour --out week.html",
    ),
    "generate": (
        "sandbox generate shop.yaml --as csv --out fixtures",
        "sandbox generate shop.yaml --scale 0.01 --edge-cases --invalid 20 --out small",
        'sandbox generate shop.yaml --since "day 10" --until "day 20" --out span',
    ),
    "run": (
        "sandbox run telecom.yaml",
        "sandbox run telecom.yaml --set datasets.customers.rows=1000 --sprint 7",
        "sandbox run telecom.yaml --target real --format junit > gates.xml",
    ),
    "verify": (
        "sandbox verify shop.yaml --target real --keep",
        "sandbox verify shop.yaml web_events --target real --watch --for 10min",
    ),
    "replay": (
        "sandbox replay shop.yaml web_events --to - --speed 60",
        "sandbox replay shop.yaml --to jsonl:events.jsonl --order arrival",
        "sandbox replay shop.yaml web_events --to kafka://localhost:9092/web --rate 500/s",
    ),
    "pipe": ("sandbox pipe --from kinesis://clicks --to http://localhost:8080/in --until-idle 30s",),
    "experiment": (
        "sandbox experiment ab_small_share.yaml",
        "sandbox experiment ab_small_share.yaml --plan",
        "sandbox experiment ab_small_share.yaml --seal plan.json",
        "sandbox experiment ab_small_share.yaml --sponsor sponsor.html",
        "sandbox experiment telecom_loop.yaml --watch --journal kept",
    ),
    "gap": (
        "sandbox gap shop.yaml --target real",
        "sandbox gap shop.yaml orders --target real --no-models --page gap.html",
    ),
    "calibrate": (
        "sandbox calibrate shop.yaml --target real -o calibrated.yaml --page changes.html",
        "sandbox calibrate shop.yaml --profile shop.profile.json -o calibrated.yaml",
    ),
    "profile": ("sandbox profile shop.yaml --target real -o shop.profile.json",),
    "rehearse": ("sandbox rehearse shop.yaml", "sandbox rehearse shop.yaml --kind unit --kind zone --times 3"),
    "reconcile": (
        "sandbox reconcile shop.yaml web_events --against parquet:lake/web_events",
        "sandbox reconcile shop/3 web_events --against jsonl:landed --tolerance lost=0.1%",
    ),
    "recommend": (
        "sandbox recommend shop.yaml --customer 7 -n 5",
        "sandbox recommend shop.yaml --item P00012 --run shop/1",
    ),
    "serve": (
        "sandbox serve telecom_loop.yaml",
        "sandbox serve telecom_loop.yaml --run telecom_loop/1 --port 9000 --latency 200ms --error-rate 0.1",
        "sandbox serve telecom_loop.yaml --filter 'tariffs=INCLUDE ItemID WHERE Items.CATEGORY IN (\"tariff\")'",
    ),
    "demo": (
        "sandbox demo telecom_loop.yaml",
        "sandbox demo telecom_loop.yaml --export demo.html",
        "sandbox demo telecom_loop.yaml --replay data/telecom_loop/live/0001",
    ),
    "board": ("sandbox board telecom.yaml", "sandbox board --markdown > board.md"),
    "sponsor": ("sandbox sponsor telecom", "sandbox sponsor telecom/3 --page sponsor.html"),
    "runs": (
        "sandbox runs",
        "sandbox runs show telecom/3",
        "sandbox runs compare telecom/2 telecom/3",
        "sandbox runs export telecom --to mlruns",
    ),
    "approve": (
        'sandbox approve telecom/3 --by "Ada Lovelace"',
        "sandbox approve telecom/3 --check",
    ),
    "shelve": ('sandbox shelve telecom/3 --because "the feed is late" --revisit 2027-03-01',),
    "cache-key": ("sandbox cache-key fixtures.yaml --scale 0.1",),
    "schema": ("sandbox schema > sandbox.schema.json",),
    "purge": ("sandbox purge telecom/3",),
}
"""By verb. Files stand in the working folder, as those of `scenarios/` would."""


def examples(verb: str) -> str:
    """The examples of a verb as the end of its help, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {each}" for each in EXAMPLES[verb])
