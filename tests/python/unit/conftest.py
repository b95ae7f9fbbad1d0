"""Two samples, written once for all tests that look at them."""

from __future__ import annotations

import pytest

from python_loaders.sample import write_sample

# a failed assert there shows its values as one in a test does
pytest.register_assert_rewrite("tests.python.unit.sample_reader")

from tests.python.unit.sample_reader import Sample, check_counts  # noqa: E402


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """12,000 trades, every file read and every count of the manifest confirmed."""
    directory = tmp_path_factory.mktemp("sample")
    manifest = write_sample(directory, trades=12_000, prices=3_000, indicators=3_000, seed=7)
    return Sample(directory, manifest, check_counts(directory, manifest).live)


@pytest.fixture(scope="session")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """1,000 trades, just enough for every kind of row; confirmed in the same way."""
    directory = tmp_path_factory.mktemp("mini")
    manifest = write_sample(directory, trades=1_000, prices=1_000, indicators=1_000)
    return Sample(directory, manifest, check_counts(directory, manifest).live)
