"""What the page asks for is judged before anything hears of it."""

import pytest

from sandbox.demo.live.asked import AnotherPace, Jump, asked_of
from sandbox.errors import InputError
from sandbox.experiment.inputs import Input


def test_what_makes_sense_is_read():
    assert asked_of({"do": "pace", "speed": 60, "running": True}) == AnotherPace(60, True)
    assert asked_of({"do": "jump", "hours": 24}) == Jump(86_400_000_000)
    assert asked_of({"do": "break", "of": "connector", "hours": 6}) == Input(0, "break", "connector", 21_600_000_000, 1)
    assert asked_of({"do": "roll back"}).what == "roll back"
    assert asked_of({"do": "fall ill", "of": "voucher", "hours": 48}).lasts_us == 172_800_000_000


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "do: got 'None', must be one of pace, jump, break"),
        ({"do": "explode"}, "do: got 'explode'"),
        ({"do": ["break"]}, "do: got"),
        ({"do": "pace", "speed": 0.5}, "speed: got '0.5', must be a number from 1 to 10,000"),
        ({"do": "pace", "speed": True}, "speed: got 'True'"),
        ({"do": "pace", "speed": float("nan")}, "speed: got 'nan'"),
        ({"do": "pace", "running": "yes"}, "running: got 'yes', must be true or false"),
        ({"do": "jump"}, "hours: got 'None'"),
        ({"do": "jump", "hours": -1}, "hours: got '-1'"),
        ({"do": "break", "off": "kafka"}, "break: unknown key 'off'. Did you mean 'of'?"),
        ({"do": "break", "of": 7}, "of: must be the name"),
        ({"do": "campaign", "size": "2"}, "size: got '2'"),
    ],
)
def test_what_makes_none_is_told(told, why):
    with pytest.raises(InputError) as error:
        asked_of(told)
    assert why in str(error.value)
