"""The settings of ticket candidates."""

import pytest

from conf.settings import load_settings
from runtime.errors import UsageError


def test_a_brand_may_have_a_score_of_its_own_and_no_other_number() -> None:
    found = load_settings(overrides={"find_complaints": {"brand_complaint_scores": {"skyvarn": 0.7}}})
    assert found.find_complaints.brand_complaint_scores == {"skyvarn": 0.7}
    with pytest.raises(UsageError, match=r"brand_complaint_scores: skyvarn: 70 is no score from 0 to 1"):
        load_settings(overrides={"find_complaints": {"brand_complaint_scores": {"skyvarn": 70}}})
