import subprocess
import sys

import pyarrow as pa
import pytest
from jsonschema import Draft202012Validator

from sandbox import registry
from sandbox.models.classify import ClassifyConfig
from sandbox.strict import Findings, validated


def test_the_blueprint_is_found_by_name():
    assert registry.load("sandbox.blueprints", "classify") is ClassifyConfig


def test_loading_the_configuration_imports_nothing_heavy():
    code = (
        "import sys; import sandbox.models.classify; "
        "heavy = {'sklearn', 'skops', 'pandas', 'scipy', 'numpy', 'pyarrow'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_box_of_time_is_read_with_its_unit():
    config = validated(ClassifyConfig, {"spike": {"time": "2m"}})
    assert config.spike.time.total_seconds() == 120
    assert str(config.spike) == "2 minutes"


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"spike": {"trials": 20, "time": "2m"}}, ("spike",), "say exactly one of `trials`"),
        ({"spike": {}}, ("spike",), "say exactly one of `trials`"),
        ({"spike": {"trials": 0}}, ("spike", "trials"), "got 0, must be >= 1."),
        ({"spike": {"trials": 2.5}}, ("spike", "trials"), "must be a whole number"),
        ({"spike": {"time": "2 fortnights"}}, ("spike", "time"), "unknown unit of time 'fortnights'"),
        ({"spike": {"time": 120}}, ("spike", "time"), "must be a length of time"),
        ({"candidates": ["logistics"]}, ("candidates", 0), "must be one of"),
        ({"candidates": ["logistic", "logistic"]}, ("candidates",), "names logistic twice"),
        ({"judge": "auc"}, ("judge",), "must be one of"),
        ({"split": {"by": "time", "test": 0.3}}, ("split", "test"), "has no meaning with `by: time`"),
        ({"split": {"by": "random"}}, ("split", "by"), "must be one of"),
        ({"split": {"test": 1.0}}, ("split", "test"), "must be < 1"),
        ({"bootstrap": 5}, ("bootstrap",), "must be >= 100"),
        ({"spikes": {"trials": 5}}, ("spikes",), "unknown key 'spikes'. Did you mean 'spike'?"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_path(written, path, message):
    with pytest.raises(Findings) as error:
        validated(ClassifyConfig, written)
    assert [found for found, _ in error.value.findings] == [path]
    assert message in error.value.findings[0][1]


def test_untrained_gives_everybody_the_share_it_was_told(moments, cut):
    features = pa.table({"x": [1, 2, 3]})
    model = ClassifyConfig().untrained(0.3)
    assert model.predict(features, moments(3, cut)).to_pylist() == [0.3] * 3
    assert ClassifyConfig().untrained().predict(features, cut).to_pylist() == [0.5] * 3


def test_the_schema_takes_what_the_loader_takes():
    schema = Draft202012Validator(ClassifyConfig.model_json_schema())
    for written in ({"spike": {"time": "2m"}}, {"spike": {"time": "1 h"}, "split": {"by": "time"}}, {}):
        validated(ClassifyConfig, written)
        assert schema.is_valid(written)
    for refused in ({"spike": {"time": 120}}, {"spike": {"trials": 0}}, {"judge": "auc"}, {"spikes": {}}):
        assert not schema.is_valid(refused)
