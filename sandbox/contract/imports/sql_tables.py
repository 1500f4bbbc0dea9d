"""One table of SQL on its way to a contract: columns first, then the constraints that stand in it or come later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.contract.imports.fields import Field, Hint
from sandbox.contract.imports.imported import Described, describe
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.patterns import whole_text
from sandbox.contract.imports.sql_conditions import bare, literal_of, rules_of
from sandbox.contract.imports.sql_types import field_of
from sandbox.contract.imports.sql_words import in_lower_case, name_of, place_of
from sandbox.contract.model import Contract, ForeignKey
from sandbox.errors import Place, did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp


class TableDraft:
    """A CREATE TABLE, read; `constrain` and `say` add what other statements tell of it."""

    def __init__(self, create: exp.Create, text: str, notes: Notes, enums: dict[str, tuple[str, ...]]) -> None:
        from sqlglot import exp

        self.text, self.notes = text, notes
        self.name = str(create.this.this.name)
        self.place = place_of(create.this.this, text, notes.file)
        self.about = " ".join(comment.strip() for comment in create.comments or ())
        self.fields: dict[str, Field] = {}
        self.key: tuple[str, ...] = ()
        self.unique: list[tuple[str, ...]] = []
        self.links: list[tuple[ForeignKey, Place]] = []
        self.conditions: dict[str, str] = {}
        properties = create.args.get("properties")
        for each in properties.expressions if properties is not None else ():
            if isinstance(each, exp.SchemaCommentProperty):
                self.about = str(each.this.name)
        for element in create.this.expressions:
            if isinstance(element, exp.ColumnDef):
                self._column(element, enums)
        for element in create.this.expressions:
            if not isinstance(element, exp.ColumnDef | exp.Identifier):
                self.constrain(element)

    def _column(self, written: Any, enums: dict[str, tuple[str, ...]]) -> None:
        name, place = str(written.name), place_of(written, self.text, self.notes.file)
        if in_lower_case(name) in self.fields:
            self.notes.wrong("this column is there twice.", place, f"{self.name}.{name}")
        kind = written.args.get("kind")
        if kind is None:
            self.notes.lose("has no type; kept as text.", place, f"{self.name}.{name}")
            made = field_of(name, _text_type(), place, self.notes, enums)
        else:
            made = field_of(name, kind, place, self.notes, enums)
        about = " ".join(comment.strip() for comment in written.comments or ())
        self.fields[in_lower_case(name)] = made.with_column(nullable=True, about=about)
        for constraint in written.args.get("constraints") or ():
            self._of_column(name, constraint.args.get("kind"), constraint.name)

    def change(self, column: str, **facts: Any) -> None:
        """Say more of a column."""
        key = in_lower_case(column)
        if key not in self.fields:
            known = did_you_mean(column, [field.name for field in self.fields.values()])
            self.notes.wrong(f"no column '{column}'.{known}", self.place, self.name)
            return
        self.fields[key] = self.fields[key].with_column(**facts)

    def say(self, column: str | None, about: str) -> None:
        """What the table, or one of its columns, means."""
        if column is None:
            self.about = about
        else:
            self.change(column, about=about)

    def _of_column(self, name: str, kind: Any, label: str) -> None:
        from sqlglot import exp

        field = self.fields[in_lower_case(name)]
        if isinstance(kind, exp.NotNullColumnConstraint):
            self.change(name, nullable=bool(kind.args.get("allow_null")))
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
            self.key = (name,)
            self.change(name, nullable=False)
        elif isinstance(kind, exp.UniqueColumnConstraint):
            self.change(name, unique=True)
        elif isinstance(kind, exp.DefaultColumnConstraint):
            self._default(field, kind.this)
        elif isinstance(kind, exp.CheckColumnConstraint):
            self._check(kind.this, label)
        elif isinstance(kind, exp.CommentColumnConstraint):
            self.change(name, about=str(kind.this.name))
        elif isinstance(kind, exp.Reference):
            self._link((name,), kind, field.place)
        elif isinstance(kind, exp.GeneratedAsIdentityColumnConstraint | exp.AutoIncrementColumnConstraint):
            self.fields[in_lower_case(name)] = replace(field, hint=Hint(start=1))
            if kind.args.get("expression") is None:
                self.change(name, nullable=False)
        elif kind is not None:
            said = kind.sql()[:60]
            self.notes.lose(f"{said} has no place in a contract.", field.place, f"{self.name}.{name}")

    def constrain(self, element: Any) -> None:
        """A constraint of the whole table."""
        from sqlglot import exp

        if isinstance(element, exp.AddConstraint | exp.Constraint):
            for inner in element.expressions:
                self.constrain(inner) if not isinstance(inner, exp.CheckColumnConstraint) else self._check(
                    inner.this, element.name
                )
        elif isinstance(element, exp.PrimaryKey):
            self.key = tuple(name_of(each) for each in element.expressions)
        elif isinstance(element, exp.UniqueColumnConstraint) and isinstance(element.this, exp.Schema):
            self.unique.append(tuple(name_of(each) for each in element.this.expressions))
        elif isinstance(element, exp.ForeignKey):
            columns = tuple(name_of(each) for each in element.expressions)
            self._link(columns, element.args.get("reference"), place_of(element, self.text, self.notes.file))
        elif isinstance(element, exp.CheckColumnConstraint):
            self._check(element.this, "")
        elif element is not None:
            place = place_of(element, self.text, self.notes.file)
            self.notes.lose(f"{element.sql()[:60]} has no place in a contract.", place, self.name)

    def _link(self, columns: tuple[str, ...], reference: Any, place: Place) -> None:
        from sqlglot import exp

        target = reference.this
        table = target.this if isinstance(target, exp.Schema) else target
        into = tuple(name_of(each) for each in target.expressions) if isinstance(target, exp.Schema) else ()
        self.links.append((ForeignKey(columns, str(table.name), into), place))

    def _default(self, field: Field, written: Any) -> None:
        from sqlglot import exp

        if isinstance(bare(written), exp.Null):
            return
        try:
            value = literal_of(written)
        except ValueError:
            message = f"the default {written.sql()[:60]} is computed; a contract has fixed ones."
            self.notes.lose(message, field.place, f"{self.name}.{field.name}")
            return
        if field.column.parsed.is_number and isinstance(value, str) and _is_number(value):
            value = float(value) if "." in value else int(value)
        if field.column.parsed.name == "bool" and value in (0, 1, "0", "1", "true", "false", "t", "f"):
            value = value in (1, "1", "true", "t")
        if field.column.parsed.is_nested:
            self.notes.lose("a contract has no nested defaults.", field.place, f"{self.name}.{field.name}")
            return
        self.change(field.name, default=value)

    def _check(self, condition: Any, label: str) -> None:
        """A condition as rules of columns, or else as a condition over the row, for a scenario to expect."""
        from sqlglot import exp

        rules = rules_of(condition)
        place = place_of(condition, self.text, self.notes.file)
        if rules is None:
            name = label or f"check_{len(self.conditions) + 1}"
            self.conditions[name] = condition.sql(dialect="duckdb")
            columns = ", ".join(dict.fromkeys(each.name for each in condition.find_all(exp.Column)))
            self.notes.lose(
                f"the condition over {columns} goes into the scenario's `expect`, not the contract.",
                place,
                f"{self.name}.{name}",
            )
            return
        for column, facts in rules.items():
            if "pattern" in facts:
                facts["pattern"], core = whole_text(facts["pattern"])
                known = self.fields.get(in_lower_case(column))
                if known is not None:
                    self.fields[in_lower_case(column)] = replace(known, hint=replace(known.hint, regex=core))
            known = self.fields.get(in_lower_case(column))
            if "values" in facts and known is not None and known.column.type == "string":
                facts |= {"type": "enum", "max_length": None, "min_length": None}
            self.change(column, **facts)


def finished(table: TableDraft, tables: dict[str, TableDraft], notes: Notes) -> Described:
    """The table's contract; a foreign key that names no columns leads to the primary key."""
    own = {key: field.name for key, field in table.fields.items()}
    places, keys = {}, []
    for link, place in table.links:
        parent = tables.get(in_lower_case(link.dataset))
        names = {key: field.name for key, field in parent.fields.items()} if parent else {}
        into = link.references or (parent.key if parent else ())
        key = ForeignKey(
            _as_written(link.columns, own), parent.name if parent else link.dataset, _as_written(into, names)
        )
        keys.append(key)
        places[key] = place
    contract = Contract(
        table.name,
        (),
        primary_key=_as_written(table.key, own),
        foreign_keys=tuple(dict.fromkeys(keys)),
        unique=tuple(dict.fromkeys(_as_written(group, own) for group in table.unique)),
        about=table.about,
    )
    fields = list(table.fields.values())
    return describe(contract, fields, table.place, notes, conditions=table.conditions, key_places=places)


def _as_written(names: tuple[str, ...], known: dict[str, str]) -> tuple[str, ...]:
    return tuple(known.get(in_lower_case(name), name) for name in names)


def _text_type() -> Any:
    from sqlglot import exp

    return exp.DataType.build("text")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
