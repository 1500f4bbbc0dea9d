"""Quality rules of the Open Data Contract Standard as rules of columns, where they say the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.imports.fields import Field
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.patterns import whole_text
from sandbox.contract.imports.sql_conditions import rules_of

_IS_ERROR = ("", "error", "critical", "high")


@dataclass(slots=True)
class Quality:
    """What the rules of one schema object come to: facts by column, and conditions over several columns by name."""

    notes: Notes
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    unique: list[tuple[str, ...]] = field(default_factory=list)
    """Groups of columns whose values may come once."""

    def changed(self, column: Field) -> Field:
        """A field with what the rules say of its column."""
        facts = dict(self.facts.get(column.name, {}))
        if "values" in facts and column.column.type == "string":
            facts["type"] = "enum"
            facts["values"] = tuple(value for value in facts["values"] if value is not None)
        return column.with_column(**facts) if facts else column

    def lose(self, rule: Marked, why: str) -> None:
        """A rule that no contract holds."""
        self.notes.lose(f"this quality rule {why}.", rule.place, rule.path)


def read_quality(column: Field, written: Marked, quality: Quality) -> Field:
    """Take in the rules of a property; one that only warns guides generation and is not checked."""
    rules = written.get("quality")
    for rule in rules.items() if rules is not None else ():
        facts = _facts(column.name, rule, quality)
        if not facts:
            continue
        severity = rule.text_of("severity") or _criticality(rule)
        if severity.lower() in _IS_ERROR:
            quality.facts.setdefault(column.name, {}).update(facts)
        else:
            quality.lose(rule, "only warns; it guides generation and is not checked")
            hint = replace(column.hint, low=facts.get("ge"), high=facts.get("le"), options=facts.get("values", ()))
            column = replace(column, hint=hint)
    return column


def least_rows(written: Marked, quality: Quality) -> int | None:
    """How many rows a schema object has at least, if a rule says so; its other rules of the whole table are noted."""
    rules = written.get("quality")
    least = None
    for rule in rules.items() if rules is not None else ():
        name = rule.text_of("metric") or rule.text_of("rule")
        query = " ".join(rule.text_of("query").lower().split())
        bound = rule.get("mustBeGreaterThan") or rule.get("mustBeGreaterOrEqualTo")
        counts = name == "rowCount" or (query.startswith("select count(*)") and " where " not in query)
        if counts and bound is not None:
            least = int(bound.number())
        elif (query and _of_sql(rule, quality)) or (name == "duplicateValues" and _of_group(rule, quality)):
            continue
        quality.lose(rule, "is about the whole table; a contract judges rows")
    return least


def _facts(name: str, rule: Marked, quality: Quality) -> dict[str, Any]:
    """What a rule says of its column; empty where it is told elsewhere, or lost."""
    metric = rule.text_of("metric") or rule.text_of("rule")
    if rule.text_of("type") == "sql" or (rule.get("query") is not None and not metric):
        if not _of_sql(rule, quality):
            quality.lose(rule, "is SQL that is no simple condition over the row")
        return {}
    if rule.text_of("type") == "custom":
        return _of_dqx(rule, quality)
    if not metric:
        if rule.text_of("type") != "text":
            quality.lose(rule, "is of no known kind")
        return {}
    return _of_library(metric, rule, quality)


def _of_library(metric: str, rule: Marked, quality: Quality) -> dict[str, Any]:
    arguments = rule.get("arguments")
    valid = arguments.get("validValues") if arguments is not None else rule.get("validValues")
    pattern = arguments.get("pattern") if arguments is not None else None
    allowed = rule.get("mustBe")
    if allowed is None or allowed.content != 0:
        quality.lose(rule, "allows a share of rows to break it; a contract allows none")
        return {}
    if metric in ("nullValues", "missingValues"):
        return {"nullable": False}
    if metric in ("duplicateValues", "duplicateCount"):
        return {"unique": True}
    if metric in ("invalidValues", "validValues") and valid is not None:
        return {"values": tuple(item.value() for item in valid.items())}
    if metric == "invalidValues" and pattern is not None:
        return {"pattern": whole_text(pattern.text())[0]}
    quality.lose(rule, f"'{metric}' has no place in a contract")
    return {}


def _of_group(rule: Marked, quality: Quality) -> bool:
    """No row repeats another's values in some columns. Gives whether it was taken in."""
    arguments, allowed = rule.get("arguments"), rule.get("mustBe")
    named = arguments.get("properties") if arguments is not None else None
    if named is None or not named.is_list or allowed is None or allowed.content != 0:
        return False
    quality.unique.append(tuple(item.text() for item in named.items()))
    return True


def _of_dqx(rule: Marked, quality: Quality) -> dict[str, Any]:
    """Rules that Databricks' DQX engine runs, the few that are rules of a column too."""
    implementation = rule.get("implementation")
    check = implementation.get("check") if implementation is not None else None
    if check is None:
        quality.lose(rule, f"is for {rule.text_of('engine') or 'another engine'}")
        return {}
    function, arguments = check.text_of("function"), check.get("arguments")
    given = arguments.value() if arguments is not None and arguments.is_mapping else {}
    if function in ("is_not_null", "is_not_null_and_not_empty"):
        return {"nullable": False}
    if function == "is_in_list" and given.get("allowed"):
        return {"values": tuple(given["allowed"])}
    if function == "is_in_range" and not {"min_limit", "max_limit"}.isdisjoint(given):
        bounds = {"ge": given.get("min_limit"), "le": given.get("max_limit")}
        return {key: bound for key, bound in bounds.items() if bound is not None}
    quality.lose(rule, f"'{function}' has no place in a contract")
    return {}


def _criticality(rule: Marked) -> str:
    implementation = rule.get("implementation")
    return implementation.text_of("criticality") if implementation is not None and implementation.is_mapping else ""


def _of_sql(rule: Marked, quality: Quality) -> bool:
    """`SELECT count(*) FROM t WHERE <bad>` must be 0: no row is bad. Gives whether it was taken in."""
    import sqlglot
    from sqlglot import errors, exp
    from sqlglot.optimizer.simplify import simplify

    allowed = rule.get("mustBe")
    if allowed is None or allowed.content != 0:
        return False
    try:
        query = sqlglot.parse_one(rule.text_of("query"), read="postgres")
    except (errors.ParseError, errors.TokenError):
        return False
    bad = query.args.get("where")
    is_plain = isinstance(query, exp.Select) and not query.args.get("joins") and len(query.expressions) == 1
    if bad is None or not is_plain or bad.find(exp.Subquery, exp.Window) is not None:
        return False
    good = simplify(exp.not_(bad.this))
    rules = rules_of(good)
    if rules is not None:
        for name, facts in rules.items():
            quality.facts.setdefault(name, {}).update(facts)
        return True
    name = rule.text_of("name") or f"quality_{len(quality.conditions) + 1}"
    quality.conditions[name] = good.sql(dialect="duckdb")
    return True
