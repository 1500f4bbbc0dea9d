"""Labels: strictly after the cut, to the end of the window, in all that has landed."""

from dataclasses import replace

import pytest

from sandbox.errors import InputError
from sandbox.mart.labels import known_until, positives, require_known


def true_for(mart, question):
    return sorted(positives(mart, question, question.moments_us[0]).to_pylist())


def test_who_leaves_within_the_window(mart, ask):
    # Bob leaves on day 25: within 15 days after day 10, not within 14. Cid left before; whoever asks knows that.
    assert 2 in true_for(mart, ask(label={"leaves within": "15 days"}))
    assert 2 not in true_for(mart, ask(label={"leaves within": "14 days"}))
    assert 1 not in true_for(mart, ask(label={"leaves within": "15 days"}))


def test_an_upgrade_is_no_leaving(mart, ask):
    assert 2 not in true_for(mart, ask(label={"leaves within": "2 days"}))


def test_who_has_come_back_by_the_end_has_not_left_and_what_comes_later_changes_nothing(mart, land, day, ask):
    versions = [
        (1, "a", "basic", 1, day(0), day(12)),
        (1, "a", "basic", 1, day(18), None),
        (2, "b", "basic", 1, day(0), day(12)),
        (2, "b", "basic", 1, day(35), None),
    ]
    part = land(mart.contracts["customers"], versions, [0, 18, 0, 35])
    returned = replace(mart, parts={**mart.parts, "customers": [part]})
    assert true_for(returned, ask(label={"leaves within": "10 days"})) == [2]


@pytest.mark.parametrize(
    ("within", "where", "found"),
    [
        ("10 days", None, [2]),
        ("2 days", None, [2]),  # day 12 is the window's last moment
        ("1 day", None, []),
        ("10 days", "plan = 'plus'", [2]),
        ("10 days", "plan = 'max'", []),
        ("10 days", "fee > 18", [2]),
    ],
)
def test_a_change_is_a_new_version_with_another_value(mart, ask, within, where, found):
    label = {"changes": "plan", "within": within} | ({"where": where} if where else {})
    assert true_for(mart, ask(label=label)) == found


def test_a_change_of_another_column_does_not_count_nor_does_the_first_version(mart, ask):
    assert true_for(mart, ask(label={"changes": "email", "within": "30 days"})) == []
    assert true_for(mart, ask(moments=[15], label={"changes": "plan", "within": "25 days"})) == []  # Dot only begins


@pytest.mark.parametrize(
    ("cut", "within", "where", "found"),
    [
        (10, "1 day", None, [2]),
        (11, "4 days", None, [1]),  # the call at the cut itself is past, that of day 15 is the last of the window
        (11, "95 h", None, []),
        (10, "10 days", "minutes > 10", [2]),
        (10, "10 days", "topic = 'line'", [2]),  # of a call without a topic nobody can say so
        (8, "1 day", None, [2]),  # happened within, arrived later: what counts is that it happened
    ],
)
def test_an_event_in_the_window(mart, ask, cut, within, where, found):
    label = {"occurs": "calls", "within": within} | ({"where": where} if where else {})
    assert true_for(mart, ask(moments=[cut], label=label)) == found


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("minuts > 3", "minut"),
        ("minutes", "gives double, must be a condition"),
        ("random() > 0.5", "random"),
        ("(SELECT count(*) FROM calls) > 3", "models.churn.label.where"),
    ],
)
def test_a_condition_that_may_not_stand_is_told(mart, ask, where, told):
    with pytest.raises(InputError, match=told.replace("(", r"\(")) as caught:
        true_for(mart, ask(label={"occurs": "calls", "within": "5 days", "where": where}))
    assert str(caught.value).startswith("models.churn.label.where: ")


def test_a_label_that_nobody_can_know_yet_is_an_error_with_the_latest_moment(mart, ask):
    require_known(mart, ask(moments=[20], label={"leaves within": "20 days"}))
    with pytest.raises(InputError) as caught:
        require_known(mart, ask(moments=[10, 21, 30], label={"leaves within": "20 days"}))
    assert [problem.path for problem in caught.value.problems] == ["models.churn.at.1", "models.churn.at.2"]
    assert caught.value.problems[0].message == (
        "the label looks 20 days past 2026-01-22 00:00 UTC, but customers is known only until 2026-02-10 00:00 UTC; "
        "the latest possible moment is 2026-01-21 00:00 UTC."
    )


def test_where_nobody_says_so_data_are_known_until_the_latest_time_in_them(mart, land, day, day_us):
    silent = replace(mart, ends_us={})
    assert known_until(silent, "calls") == day_us(15)
    assert known_until(silent, "customers") == day_us(25)
    never = day(0).replace(year=9999)
    versions = [(1, "a", "max", 1, day(3), never), (2, "b", "max", 1, day(0), day(8))]
    part = land(mart.contracts["customers"], versions, [3, 0])
    assert known_until(replace(silent, parts={"customers": [part]}), "customers") == day_us(8)
