"""Nothing that SQL can say reaches beyond the cut: here the polite check of statements is left out on purpose."""

import time
from dataclasses import replace

import pytest

from sandbox.errors import InputError
from sandbox.mart import Limits, Sql

FUTURE = ["not yet"]  # a Python value that DuckDB would find by its name, if it were let


def attacks(part):
    return [
        f"SELECT * FROM read_parquet('{part}')",
        f"SELECT * FROM '{part}'",
        f"SELECT * FROM read_text('{part}')",
        f"SELECT * FROM parquet_metadata('{part}')",
        f"SELECT * FROM read_csv('{part}')",
        f"SELECT * FROM glob('{part.parent}/*')",
        f"SELECT * FROM query('FROM read_parquet(''{part}'')')",
        f"ATTACH '{part}' AS other",
        f"COPY customers TO '{part.parent}/out.csv'",
        f"COPY customers FROM '{part}'",
        f"EXPORT DATABASE '{part.parent}'",
        "SELECT * FROM FUTURE",
        "SELECT * FROM mart",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
        "SET threads = 4",
        "PRAGMA memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE SECRET (TYPE s3)",
        "SELECT getenv('HOME')",
        "SELECT * FROM 'https://example.com/x.parquet'",
    ]


@pytest.mark.parametrize("number", range(24))
def test_an_attack_gets_an_error_and_no_rows(mart, day_us, number):
    attack = attacks(mart.parts["calls"][0])[number]
    with mart.at(day_us(10)) as cut, pytest.raises(InputError) as caught:
        cut.query(Sql(attack))
    assert len(str(caught.value).splitlines()) == 1
    assert not (mart.parts["calls"][0].parent / "out.csv").exists()


def test_there_are_as_many_attacks_as_tests(mart):
    assert len(attacks(mart.parts["calls"][0])) == 24


def test_a_query_without_end_is_stopped(mart, day_us):
    hurried = replace(mart, limits=Limits(seconds=0.3))
    begun = time.perf_counter()
    with hurried.at(day_us(10)) as cut, pytest.raises(InputError, match=r"took longer than 0\.3 s"):
        cut.query(Sql("SELECT count(*) FROM range(1000000000000) WHERE random() < 0.5"))
    assert time.perf_counter() - begun < 20


def test_a_query_larger_than_memory_is_stopped(mart, day_us):
    small = replace(mart, limits=Limits(memory_mb=50))
    with small.at(day_us(10)) as cut, pytest.raises(InputError, match="needs more than 50 MB"):
        cut.query(Sql("SELECT list(i) FROM range(100000000) t(i)"))


@pytest.mark.parametrize("made", ["email::INT", "strptime(email, '%Y')", "('O''' || email)::INT"])
def test_an_error_about_a_value_does_not_show_it(mart, day_us, made):
    with mart.at(day_us(10)) as cut, pytest.raises(InputError) as caught:
        cut.query(Sql(f"SELECT {made} FROM customers"))
    assert "example.com" not in str(caught.value)
    assert "•••" in str(caught.value)
