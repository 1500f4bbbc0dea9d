"""The decisions on an experiment's arms, as its page begins."""

from sandbox.report.verdicts import verdicts


def decided(arms):
    return [(f"arm {number}", "better" if number else "no effect shown", "because < that") for number in range(arms)]


def test_one_or_two_stand_large():
    page = verdicts(decided(2))
    assert page.count('class="verdict holds"') == page.count('class="verdict undetermined"') == 1
    assert "because &lt; that" in page


def test_many_leave_room_for_the_pictures():
    page = verdicts(decided(7))
    assert 'class="verdict' not in page
    assert page.count('<span class="tag holds">better</span>') == 6
    assert page.count('<span class="tag undetermined">no effect shown</span>') == 1
    assert page.count("because &lt; that") == 7
