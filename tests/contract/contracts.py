"""Any contract that makes sense, for hypothesis: what every format has to write, and read again."""

from __future__ import annotations

import datetime
import decimal
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Contract, Expectation, contract_problems

# Shrinking a whole contract takes minutes; what fails is told as it was found.
many = settings(
    derandomize=True,
    deadline=None,
    max_examples=120,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = st.one_of(
    st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
    st.sampled_from(["order id", "größe", "Straße", "a.b", "2nd", "class", "order", "select", "x-y", "x_y", "list"]),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20).map(
    str.strip
)
ZONES = ("UTC", "none", "Europe/London", "Asia/Tokyo")
PLAIN = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "bool", "string",
    "bytes", "uuid", "date", "time",
)  # fmt: skip
_PATTERNS = ("[A-Z]{3}", "[a-z]+@[a-z]+", r"\d+(\.\d+)?", "a|b", "(?i)x.*", "^x$", "a'b\"c", r"\\")


@st.composite
def scalar_types(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from([*PLAIN, "decimal", "timestamp"]))
    if kind == "decimal":
        precision = draw(st.integers(1, 38))
        return f"decimal({precision}, {draw(st.integers(0, precision))})"
    if kind == "timestamp":
        return f"timestamp({draw(st.sampled_from(['ms', 'us', 'ns']))}, {draw(st.sampled_from(ZONES))})"
    return kind


def types(depth: int = 2) -> st.SearchStrategy[str]:
    if depth == 0:
        return scalar_types()
    inside = types(depth - 1)
    optional = st.builds(lambda kind, mark: kind + mark, inside, st.sampled_from(["", "?"]))
    return st.one_of(
        scalar_types(),
        scalar_types(),
        scalar_types(),
        optional.map(lambda part: f"list<{part}>"),
        st.builds(lambda key, value: f"map<{key}, {value}>", st.sampled_from(["string", "int64"]), optional),
        st.lists(optional, min_size=1, max_size=3).map(
            lambda parts: f"struct<{', '.join(f'p{at}: {part}' for at, part in enumerate(parts))}>"
        ),
        st.lists(inside, min_size=2, max_size=3, unique=True).map(lambda parts: f"union<{', '.join(parts)}>"),
    )


def values_of(column: Column) -> st.SearchStrategy[Any]:
    """Values of a scalar column's type."""
    kind = column.parsed
    if kind.is_integer:
        bits, unsigned = int(kind.name.lstrip("uint")), kind.name.startswith("u")
        return st.integers(0, 2**bits - 1) if unsigned else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if kind.name == "decimal":
        precision, scale = (int(each) for each in kind.parameters)
        exact = decimal.Context(prec=60)
        return st.integers(-(10**precision) + 1, 10**precision - 1).map(
            lambda whole: decimal.Decimal(whole).scaleb(-scale, exact)
        )
    if kind.name == "timestamp":
        naive = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 1, 1)).map(
            lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        )
        return naive.map(lambda moment: moment.replace(tzinfo=datetime.UTC)) if kind.zone else naive
    return {
        "float32": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "float64": st.floats(allow_nan=False, allow_infinity=False),
        "bool": st.booleans(),
        "string": TEXTS,
        "bytes": st.binary(max_size=6),
        "uuid": st.uuids().map(str),
        "date": st.dates(),
        "time": st.times(),
    }[kind.name]


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    about = draw(st.one_of(st.just(""), TEXTS))
    told = {"nullable": draw(st.booleans()), "pii": draw(st.booleans()), "about": about}
    if draw(st.integers(0, 5)) == 0:
        words = draw(st.lists(st.one_of(NAMES, TEXTS.filter(bool)), min_size=1, max_size=4, unique=True))
        default = draw(st.sampled_from([None, *words]))
        return Column(name, "enum", values=tuple(words), default=default, **told)
    column = Column(name, draw(types()), **told)
    kind = column.parsed
    if kind.is_nested:
        return replace(column, max_length=draw(st.sampled_from([None, 3]))) if kind.name == "list" else column
    facts: dict[str, Any] = {"unique": draw(st.booleans())}
    chosen = draw(st.sampled_from(["", "", "default", "values", "ge", "range", "gt lt", "length", "pattern", "fixed"]))
    if chosen == "default":
        facts["default"] = draw(values_of(column))
    elif chosen == "values" and kind.name != "bool":
        facts["values"] = tuple(draw(st.lists(values_of(column), min_size=1, max_size=4, unique=True)))
    elif chosen in ("ge", "range", "gt lt") and (kind.is_number or kind.is_time):
        ends = sorted(draw(st.tuples(values_of(column), values_of(column))))
        keys = {"ge": ("ge",), "range": ("ge", "le"), "gt lt": ("gt", "lt")}[chosen]
        facts |= dict(zip(keys, ends, strict=False))
    elif chosen == "length" and kind.name in ("string", "bytes"):
        facts |= {"min_length": draw(st.integers(0, 3)), "max_length": draw(st.integers(3, 9))}
    elif chosen == "pattern" and kind.name == "string":
        facts["pattern"] = draw(st.sampled_from(_PATTERNS))
    elif chosen == "fixed" and kind.name == "bytes":
        facts |= {"min_length": 4, "max_length": 4}
    return replace(column, **facts)


@st.composite
def contracts(draw: st.DrawFn, most: int = 5) -> Contract:
    """A contract without problems, at times with keys, versions and conditions."""
    names = draw(st.lists(NAMES, min_size=1, max_size=most, unique_by=str.lower))
    made = [draw(columns(name)) for name in names]
    contract = Contract(draw(NAMES), tuple(made), about=draw(st.one_of(st.just(""), TEXTS)))
    plain = [column.name for column in made if not column.parsed.is_nested]
    never_null = [column.name for column in made if column.name in plain and not column.nullable]
    if never_null and draw(st.booleans()):
        size = draw(st.integers(1, min(2, len(never_null))))
        contract = replace(contract, primary_key=tuple(never_null[:size]))
    if len(plain) > 1 and draw(st.booleans()):
        contract = replace(contract, unique=(tuple(plain[:2]),))
    times = [column.name for column in made if column.name in never_null and column.parsed.name == "timestamp"]
    if times and draw(st.booleans()):
        contract = replace(contract, time=times[0])
    if draw(st.integers(0, 3)) == 0:
        quoted = '"' + names[0].replace('"', '""') + '"'
        contract = replace(contract, expectations=(Expectation("is there", f"{quoted} IS NOT NULL", (names[0],)),))
    if draw(st.integers(0, 3)) == 0:
        contract = replace(contract, owner="Ann", contact="ann@example.org")
    if draw(st.integers(0, 3)) == 0:
        later = [
            replace(column, since=2)
            if column.name not in (*contract.primary_key, contract.time) and column.nullable
            else column
            for column in made
        ]
        contract = replace(contract, columns=tuple(later), version=2, versions=("2026-02-01T00:00:00+00:00",))
    return contract if not contract_problems(contract) else replace(Contract("t", (Column("a", "int64"),)))
