"""Run folders: whose they are, how users name them, and what purging takes."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.runs.folder import RunFolder, begin_run, find_run, is_at_work, purge, runs_of, write_private


def made(out, scenario="shop", intent="i", ended=True):
    with begin_run(out, scenario, intent) as folder:
        if ended:
            write_private(folder.record, "{}")
    return folder


def test_runs_are_numbered_from_one(tmp_path):
    assert [made(tmp_path).name for _ in range(3)] == ["shop/0001", "shop/0002", "shop/0003"]
    assert made(tmp_path, "other").name == "other/0001"
    assert [run.name for run in runs_of(tmp_path)] == ["other/0001", "shop/0001", "shop/0002", "shop/0003"]


def test_an_interrupted_run_is_taken_up_for_the_same_intent_alone(tmp_path):
    left = made(tmp_path, intent="a", ended=False)
    assert made(tmp_path, intent="b").number == 2
    assert made(tmp_path, intent="a").path == left.path
    assert made(tmp_path, intent="a").number == 3


def test_a_run_at_work_is_nobody_elses(tmp_path):
    with begin_run(tmp_path, "shop", "same") as mine:
        assert is_at_work(mine)
        with begin_run(tmp_path, "shop", "same") as other:
            assert other.path != mine.path
        with pytest.raises(InputError, match="at work"):
            purge(mine)
    assert not is_at_work(mine)


def test_runs_that_begin_at_once_get_a_folder_each(tmp_path):
    together = threading.Barrier(8)

    def begin(_):
        together.wait(30)
        with begin_run(tmp_path, "shop", "same") as folder:
            together.wait(30)
            return folder.name

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(begin, range(8)))) == 8


def test_a_run_is_its_owners_alone_and_no_matter_for_git(tmp_path):
    folder = made(tmp_path)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.intent.stat().st_mode) == 0o600
    assert (tmp_path / "shop" / ".gitignore").read_text().endswith("*\n")


@pytest.mark.parametrize(
    ("name", "found"), [("shop/2", "shop/0002"), ("shop/0001", "shop/0001"), ("shop", "shop/0002"), ("2", "shop/0002")]
)
def test_how_users_name_a_run(tmp_path, name, found):
    made(tmp_path), made(tmp_path), made(tmp_path, "other")
    assert find_run(tmp_path, name).name == found


def test_a_path_names_a_run_too(tmp_path):
    folder = made(tmp_path)
    assert find_run(tmp_path / "elsewhere", str(folder.path)).path == folder.path


def test_names_that_fit_none_or_several(tmp_path):
    with pytest.raises(InputError, match="There are no runs yet"):
        find_run(tmp_path, "shop")
    made(tmp_path), made(tmp_path, "other")
    with pytest.raises(InputError, match="fits several runs: other/0001, shop/0001"):
        find_run(tmp_path, "1")
    with pytest.raises(InputError, match="Did you mean 'shop/0001'"):
        find_run(tmp_path, "shpo/1")
    with pytest.raises(InputError):
        find_run(tmp_path, "../1")


def test_purge_takes_the_run_and_the_last_one_takes_the_scenarios_folder(tmp_path):
    first, second = made(tmp_path), made(tmp_path)
    purge(first)
    assert [run.name for run in runs_of(tmp_path)] == ["shop/0002"]
    purge(second)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_no_run_made_is_no_run(tmp_path):
    (tmp_path / "photos" / "2024").mkdir(parents=True)
    assert runs_of(tmp_path) == []
    with pytest.raises(InputError):
        find_run(tmp_path, str(tmp_path / "photos" / "2024"))


def test_a_disk_that_does_not_let_us_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match="cannot make a folder"), begin_run(tmp_path / "file", "shop", "i"):
        pass
    with pytest.raises(OutsideError, match="cannot be written"):
        write_private(RunFolder(tmp_path / "file").record, "x")
