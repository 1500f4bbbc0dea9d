"""CREATE TABLE becomes a contract, as people write it and as pg_dump prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.contract import ForeignKey
from sandbox.contract.imports import Imported, read_schema, read_schemas
from sandbox.errors import InputError


def read(folder: Path, text: str) -> Imported:
    path = folder / "tables.sql"
    path.write_text(text, encoding="utf-8")
    return read_schema(path)


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("smallint", "int16"),
        ("integer", "int32"),
        ("bigserial", "int64"),
        ("real", "float32"),
        ("double precision", "float64"),
        ("numeric(12, 2)", "decimal(12, 2)"),
        ("varchar(20)", "string"),
        ("text[]", "list<string?>"),
        ("boolean", "bool"),
        ("uuid", "uuid"),
        ("bytea", "bytes"),
        ("date", "date"),
        ("timestamptz", "timestamp"),
        ("timestamp", "timestamp(us, none)"),
        ("jsonb", "string"),
    ],
)
def test_types(tmp_path: Path, written: str, type_: str) -> None:
    (described,) = read(tmp_path, f"CREATE TABLE t (a {written} NOT NULL)").datasets
    assert described.contract.column("a").type == type_


def test_keys_rules_and_comments(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        -- who buys
        CREATE TABLE shop.customers (
          id bigserial PRIMARY KEY,
          email varchar(120) NOT NULL UNIQUE,
          status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'old')),
          age int CHECK (age >= 0 AND age < 120),
          code char(4) CHECK (code ~ '^[A-Z]{4}$'),
          feels mood
        );
        COMMENT ON COLUMN shop.customers.email IS 'where to write';
        CREATE TABLE orders (
          order_id int GENERATED ALWAYS AS IDENTITY,
          Customer_ID bigint NOT NULL REFERENCES shop.customers,
          placed_on date, sent_on date,
          PRIMARY KEY (order_id), UNIQUE (customer_id, placed_on), CHECK (placed_on <= sent_on)
        );
        """,
    )
    customers, orders = (described.contract for described in found.datasets)
    assert (customers.primary_key, customers.about) == (("id",), "who buys")
    assert (
        customers.column("email").max_length,
        customers.column("email").unique,
        customers.column("email").about,
    ) == (120, True, "where to write")
    assert (customers.column("status").values, customers.column("status").default) == (("new", "old"), "new")
    assert (customers.column("age").ge, customers.column("age").lt, customers.column("age").nullable) == (0, 120, True)
    assert (customers.column("code").pattern, customers.column("feels").values) == ("[A-Z]{4}", ("sad", "ok"))
    assert orders.foreign_keys == (ForeignKey(("Customer_ID",), "customers", ("id",)),)
    assert orders.unique == (("Customer_ID", "placed_on"),)
    assert dict(found.datasets[1].conditions) == {"check_1": "placed_on <= sent_on"}
    assert (found.datasets[1].place_of("sent_on").line, found.datasets[1].place_of("sent_on").column) == (16, 27)


def test_as_pg_dump_prints_it(tmp_path: Path) -> None:
    (described,) = read(
        tmp_path,
        """
        SET statement_timeout = 0;
        CREATE TABLE public.t (
            id integer NOT NULL,
            state character varying(9) DEFAULT 'a'::character varying NOT NULL,
            CONSTRAINT t_state
            CHECK (((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))
        );
        ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
        CREATE UNIQUE INDEX t_state_id ON public.t USING btree (state, id);
        """,
    ).datasets
    contract = described.contract
    assert contract.primary_key == ("id",)
    assert (contract.column("state").values, contract.column("state").default) == (("a", "b"), "a")
    assert contract.unique == (("state", "id"),)


def test_another_dialect_is_known_by_its_marks(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "CREATE TABLE `t` (`a` int unsigned AUTO_INCREMENT PRIMARY KEY, `b` ENUM('x','y') COMMENT 'hi') ENGINE=InnoDB;",
    )
    contract = found.contracts[0]
    assert found.format == "SQL (mysql)"
    assert (contract.column("a").type, contract.column("b").values, contract.column("b").about) == (
        "uint32",
        ("x", "y"),
        "hi",
    )


def test_a_key_may_lead_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);")
    (tmp_path / "b.sql").write_text("CREATE TABLE b (a_id int REFERENCES a(id));")
    assert len(read_schemas([tmp_path / "b.sql", tmp_path / "a.sql"])) == 2
    with pytest.raises(InputError, match="no dataset 'a'"):
        read_schema(tmp_path / "b.sql")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("CREATE TABLE t (\n a int,\n", 2, "cannot be read"),
        ("CREATE TABLE t (a text\n DEFAULT 'x", 2, "missing ' for what opens here"),
        ("CREATE TABLE t (\n a int REFERENCES nothing(id))", 2, "no dataset 'nothing'"),
        ("CREATE TABLE t (a int,\n b int,\n FOREIGN KEY (c) REFERENCES t(a))", 1, "no column 'c'"),
        ("CREATE TABLE t (a int,\n b int DEFAULT 'x')", 2, "'x' is not a value of type int32"),
        ("CREATE TABLE t (a int,\n a int)", 2, "twice"),
        ("CREATE TABLE t (a int, PRIMARY KEY (b))", 1, "no column 'b'"),
        ("SET x = 1;", 1, "no CREATE TABLE"),
        ("CREATE TABLE t (a int);\nALTER TABLE u ADD PRIMARY KEY (a);", 2, "no table 'u'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    problem = caught.value.problems[0]
    assert said in problem.message
    assert problem.place is not None
    assert problem.place.line == line
