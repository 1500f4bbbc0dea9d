"""Every way for a command line to end: the exit code, one clear message, never a traceback."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import click
import pytest

from sandbox.cli.app import VERBS, app
from sandbox.cli.examples import EXAMPLES


def test_help_names_every_verb(command):
    said = command("--help")
    assert said.code == 0
    for verb, about in VERBS.items():
        assert verb in said.out
        assert about in said.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_its_options(command, verb):
    said = command(verb, "--help")
    assert said.code == 0
    assert "Usage: sandbox" in said.out
    for option in ("--format", "--quiet", "--debug"):
        assert option in said.out


@pytest.mark.parametrize("verb", VERBS)
def test_examples_of_help_are_understood(command, verb):
    """Each line parses with the options that the verb has; nothing is carried out."""
    assert command(verb, "--help").out.count("\n    sandbox ") == len(EXAMPLES[verb])
    for line in EXAMPLES[verb]:
        words = shlex.split(line.partition(" >")[0])
        assert words[:2] == ["sandbox", verb]
        context = app.make_context("sandbox", words[1:])
        name, found, rest = app.resolve_command(context, words[1:])
        context = found.make_context(name, rest, parent=context)
        if isinstance(found, click.Group) and len(words) > 2:
            name, found, rest = found.resolve_command(context, words[2:])
            found.make_context(name, rest, parent=context)


@pytest.mark.parametrize(
    "words", [("gap", "{club}", "--page"), ("experiment", "{club}", "--seal"), ("calibrate", "{club}", "-o")]
)
def test_where_nothing_can_be_written_is_told_before_the_work(command, club, tmp_path, words):
    path = club()
    asked = [word.format(club=path) for word in words]
    for place, why in ((path / "page.html", f"{path} is no folder"), ("", "is empty"), (tmp_path, "is a directory")):
        said = command(*asked, place)
        assert (said.code, why in said.err) == (2, True)


def test_version(command):
    assert command("--version").out.startswith("sandbox ")


def test_a_python_runs_its_own(tmp_path):
    said = subprocess.run(
        [sys.executable, "-m", "sandbox", "chekc"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "Usage: sandbox " in said.stderr
    assert "Did you mean 'check'?" in said.stderr


def test_an_unknown_verb_is_answered_with_a_guess(command):
    said = command("chekc", "x.yaml")
    assert said.code == 2
    assert "no verb 'chekc'. Did you mean 'check'?" in said.err


def test_an_unknown_option_is_answered_with_a_guess(command, club):
    said = command("check", club(), "--taget", "real")
    assert said.code == 2
    assert "--target" in said.err


@pytest.mark.parametrize("words", [("check",), ("run", "a", "b"), ("preview", "x", "--rows", "0"), ("runs", "show")])
def test_wrong_words_are_wrong_input(command, words):
    said = command(*words)
    assert said.code == 2
    assert "Usage" in said.err
    assert "Traceback" not in said.err


def test_problems_come_all_at_once_with_their_places(command, club):
    path = club(("rate: 0.1", "raet: 0.1"), ("owner: The", "onwer: The"))
    said = command("generate", path)
    assert said.code == 2
    lines = said.err.splitlines()
    assert lines[-1].endswith("problems; nothing was generated.")
    assert "'onwer'" in said.err
    assert "'raet'" in said.err
    assert all(line.startswith(f"{path}:") for line in lines[:-1])


def test_a_file_that_is_nested_without_end_is_told_in_words(command, tmp_path):
    (tmp_path / "x" / "0001").mkdir(parents=True)
    (tmp_path / "x" / "0001" / "intent").write_text("")
    (tmp_path / "x" / "0001" / "run.json").write_text("[" * 100_000)
    said = command("runs", "show", "x", "--out", tmp_path)
    assert (said.code, "nested deeper" in said.err) == (2, True)


def test_errors_are_json_where_json_is_spoken(command, club):
    path = club(("rate: 0.1", "rate: -5"))
    said = command("check", path, "--format", "json")
    told = json.loads(said.out)
    assert said.code == told["exit_code"] == 2
    assert said.err == ""
    [problem] = told["problems"]
    assert problem["path"] == "datasets.visits.rate"
    assert path.read_text().splitlines()[problem["line"] - 1] == "    rate: -5"


def test_wrong_words_are_json_too(command):
    assert json.loads(command("check", "--format=json").out)["exit_code"] == 2


def test_what_lies_outside_ends_with_3(command, club, tmp_path):
    (tmp_path / "file").write_text("in the way")
    said = command("run", club(), "--out", tmp_path / "file")
    assert said.code == 3
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_a_fault_of_ours_is_told_without_what_it_says(command, club, monkeypatch):
    def broken(*_, **__):
        raise KeyError("Ann Canary")

    monkeypatch.setattr("sandbox.api.load", broken)
    said = command("check", club())
    assert said.code == 3
    assert "KeyError" in said.err
    assert "--debug" in said.err
    assert "Canary" not in said.err


def test_debug_shows_the_traceback(club, monkeypatch):
    from sandbox.cli import main

    monkeypatch.setattr("sandbox.api.load", lambda *_, **__: {}["x"])
    with pytest.raises(KeyError):
        main(["check", str(club()), "--debug"])


def sandbox(*words, **options):
    script = "from sandbox.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", script, *map(str, words)], **options)


@pytest.fixture
def light(tmp_path):
    """A scenario whose process has little to load: what is tried here is what becomes of its streams."""
    path = tmp_path / "light.yaml"
    shops = "{owner: Złoty, rows: 3, static: true, key: shop_id, columns: {shop_id: {serial: 1}}}"
    text = f"sandbox: 1\nname: light\nclock: {{start: 2026-01-01, days: 2}}\ndatasets:\n  shops: {shops}\n"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("verb", ["schema", "check", "preview"])
def test_a_reader_who_has_seen_enough_is_no_error(light, verb):
    words = [verb] if verb == "schema" else [verb, light]
    told = sandbox(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    told.stdout.close()
    err = told.stderr.read().decode()
    told.stderr.close()
    assert told.wait(60) == 141
    assert err == ""


@pytest.mark.parametrize("settings", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
def test_what_an_encoding_lacks_becomes_a_question_mark(light, settings):
    for words in (("preview", light), ("check", light, "--set", "naïve łódź=1")):
        told = sandbox(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | settings)
        said = told.communicate(timeout=60)[0]
        assert told.returncode == (0 if words[0] == "preview" else 2), said


def test_closed_streams_are_no_error(light):
    for closing in (">&-", ">&- 2>&-", "2>&-"):
        line = f"'{sys.executable}' -c 'from sandbox.cli import main; main()' preview '{light}' {closing}"
        assert subprocess.run(line, shell=True, check=False, stdout=subprocess.DEVNULL).returncode == 0


def test_a_thread_at_work_does_not_spoil_the_end():
    """Without care, the interpreter ends the thread inside DuckDB, whose C++ aborts the process: code 134."""
    script = """
import threading, time, duckdb
from sandbox.cli import main

class Slow:
    def __del__(self):
        time.sleep(0.2)  # the interpreter is ending, and takes a while

def work():
    while True:
        duckdb.connect().execute("select count(*) from range(100_000)").fetchall()

slow = Slow()
threading.Thread(target=work, daemon=True).start()
main()
"""
    told = subprocess.run([sys.executable, "-c", script, "--version"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.split()[0], told.stderr) == (0, "sandbox", "")


@pytest.mark.parametrize(("verb", "said"), [("gap", "there is no result"), ("run", "what is done is kept")])
def test_an_interrupt_within_an_import_ends_in_words_and_130(verb, said):
    """CPython ends by the signal, not by the code, where an interrupt passed an `exec` of a text."""
    script = """
from sandbox.cli import main
import sandbox.api

def load(*_, **__):
    exec("import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)")

sandbox.api.load = load
main()
"""
    told = subprocess.run([sys.executable, "-c", script, verb, "x.yaml"], capture_output=True, text=True, check=False)
    assert told.returncode == 130
    assert told.stderr.startswith(f"interrupted; {said}")


def test_an_interrupt_ends_in_words_and_the_same_command_goes_on(club, tmp_path, command):
    out = tmp_path / "runs"
    path = club(("rows: 600", "rows: 400_000"))
    told = sandbox("run", path, "--out", out, "--workers", "1", stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if list(out.glob("club/0001/.landing")):
                break
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(told.pid, signal.SIGINT)
        err = told.stderr.read().decode()
        code = told.wait(60)
    finally:
        told.kill()
        told.stderr.close()
    assert code == 130
    assert "interrupted; what is done is kept" in err
    assert "Traceback" not in err
    assert command("runs", "list", "--out", out, "--format", "json").out.count("interrupted") == 1


def test_an_interrupt_that_a_library_turns_into_an_error_is_still_an_interrupt(command, club, monkeypatch):
    def load(*_, **__):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise RuntimeError("Query interrupted") from error

    monkeypatch.setattr("sandbox.api.load", load)
    said = command("check", club())
    assert said.code == 130
    assert said.err == "interrupted; there is no result, and the same command begins anew.\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
