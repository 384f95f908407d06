"""Life cycle of the connection and names of the package."""
import pytest

import hxtorch
from hxtorch import _connection


@pytest.fixture(autouse=True)
def closed():
    hxtorch.release_hardware()
    yield
    hxtorch.release_hardware()


def test_nothing_is_open_at_first():
    hxtorch.release_hardware()
    with pytest.raises(RuntimeError, match="No connection present."):
        hxtorch.get_unique_identifier()


def test_open_and_release_any_number_of_times(monkeypatch):
    monkeypatch.delenv("HX_TARGET", raising=False)
    for _ in range(3):
        hxtorch.init_hardware()
        assert hxtorch.get_unique_identifier() == ["twin:"]
        hxtorch.init_hardware(hxtorch.HWDBPath())  # replaces it
        hxtorch.release_hardware()
    assert _connection.current() is None


def test_several_targets(monkeypatch):
    monkeypatch.setenv("HX_TARGET", "twin:; twin:?cadc_noise=2")
    hxtorch.init_hardware_minimal()
    assert len(_connection.require().backends) == 2
    assert len(set(hxtorch.get_unique_identifier())) == 2


def test_target_that_cannot_be_opened(monkeypatch):
    monkeypatch.setenv("HX_TARGET", "twin:;twim:")
    with pytest.raises(RuntimeError, match="twim:"):
        hxtorch.init_hardware()
    assert _connection.current() is None


def test_aliases_are_the_same_modules():
    import hxtorch.snn.routing as alias
    import hxtorch.spiking.routing as name

    assert alias is name
    assert name.__spec__.name == "hxtorch.spiking.routing"


def test_rate_based_mode_says_what_to_use():
    with pytest.raises(NotImplementedError, match="hxtorch.spiking"):
        hxtorch.init_hardware(hxtorch.CalibrationPath("x"))


def test_loggers(caplog):
    log = hxtorch.logger.get("hx.test")
    hxtorch.logger.set_loglevel(log, hxtorch.logger.LogLevel.INFO)
    log.INFO("epoch ", 3)
    log.debug("not shown")
    assert caplog.messages == ["epoch 3"]
