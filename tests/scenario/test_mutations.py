"""Whatever is done to a good scenario, it loads, or the user gets a clean error: never another exception."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError, OutsideError, Problem
from sandbox.scenario.loader import load
from sandbox.scenario.plan import Plan

SCENARIOS = Path(__file__).parents[2] / "scenarios"
GOOD = [*sorted(SCENARIOS.glob("*.yaml")), Path(__file__).parent / "kitchen_sink.yaml"]
TEXTS = [path.read_text(encoding="utf-8") for path in GOOD]
VALUES = [yaml.safe_load(text) for text in TEXTS]
ENVIRONMENT = {"ONLINE_RETAIL": "somewhere"}

JUNK: list[Any] = [
    *[None, True, False, 0, -1, 2, 10**12, 2**63, 0.5, -1e308, "", "x", "NO", "day 3", "3 days", "0.1 per day", "id"],
    *[
        "a b",
        "parent.id",
        "sum(x)",
        "1 +",
        "${HOME}",
        "${LAKE}",
        "../../etc/passwd",
        "[a-z",
        "é" * 70,
        "\u0000",
        "plan",
    ],
    *[[], [1], [0, 1], ["a", "a"], [[]], [None], {}, {"a": 1}, {"": None}, {"choice": []}, {"constant": None}],
    *[{"sql": "1"}, {"serial": 1}, {"ref": "people"}, {"fake": "name"}, {"given": "plan"}, {"list": {"of": "x"}}],
]
FRAGMENTS = [
    *[": ", "- ", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "'", '"', "%", "@", "`", "#", "?", "<<", "~", "$"],
    *["\t", "\n", "\r", "\x00", "\x85", "\ufeff", "\u2028", "𝔘", "\\", "${", "}}", "1e5", "0x1", ".inf", "12:30", "NO"],
    *[
        "---\n",
        "...\n",
        "&a ",
        "*a",
        "!!binary ",
        "\n  ",
        "\n\n",
        "<<: *a\n",
        "include: [x.yaml]\n",
        "a: b: c",
        "{a:1}",
    ],
]
NEW_KEYS = ["x", "", "rows", "sql", "columns", "é", "a b", "_sandbox"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mutated")
    shutil.copytree(SCENARIOS / "features", folder / "features")
    return folder


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inside for place in places(below, (*path, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def mutated_values(draw: st.DrawFn) -> str:
    value = copy.deepcopy(draw(st.sampled_from(VALUES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)[1:] or [("sandbox",)]))
        holder, key = at(value, path[:-1]), path[-1]
        match draw(st.sampled_from(["drop", "junk", "junk", "swap", "rename", "misspell", "nest"])):
            case "drop":
                del holder[key]
            case "junk":
                holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
            case "swap":
                holder[key] = copy.deepcopy(at(value, draw(st.sampled_from(places(value)[1:]))))
            case "nest":
                holder[key] = draw(st.sampled_from([[holder[key]], {str(key): holder[key]}]))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from(NEW_KEYS))] = holder.pop(key)
            case "misspell" if isinstance(holder, dict):
                holder[str(key)[:-1] + draw(st.sampled_from(["", "x", "S"]))] = holder.pop(key)
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)


@st.composite
def mutated_texts(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(TEXTS)).encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["cut", "insert", "bytes", "double", "truncate", "move"])):
            case "cut":
                text = text[:start] + text[stop:]
            case "insert":
                text = text[:start] + draw(st.sampled_from(FRAGMENTS)).encode() + text[start:]
            case "bytes":
                text = text[:start] + draw(st.binary(max_size=3)) + text[stop:]
            case "double":
                text = text[:stop] + text[start:]
            case "truncate":
                text = text[:start]
            case "move":
                text = text[:start] + text[stop:] + text[start:stop]
    return text


def judge(folder: Path, text: bytes) -> None:
    path = folder / "mutated.yaml"
    path.write_bytes(text)
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(load(path, environment=ENVIRONMENT).plan, Plan)
        return
    except InputError as error:
        problems = error.problems
    except OutsideError:
        return
    assert problems
    for problem in problems:
        assert problem.message.endswith((".", "?")), problem
        assert str(problem).isprintable(), problem
        assert len(str(problem)) < 2_000


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in GOOD])
def test_what_is_mutated_is_good(folder, text):
    path = folder / "good.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path, environment=ENVIRONMENT).plan.datasets


PATIENT = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@PATIENT
@given(text=mutated_values())
def test_wrong_values_never_crash(folder, text):
    judge(folder, text.encode("utf-8", errors="replace"))


@PATIENT
@given(text=mutated_texts())
def test_wrong_texts_never_crash(folder, text):
    judge(folder, text)
