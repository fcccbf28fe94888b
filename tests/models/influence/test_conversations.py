"""Conversations: levels, sizes, stars, estimates and why there are none."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.influence.conversations import (
    FEW,
    LOW_COVERAGE,
    NODE,
    SCORED,
    UNKNOWN_ROOT,
    score_conversations,
)
from models.influence.retweet_trees import expect_trees


def a_node(tweet_id: str, parent_id: str | None = None, basis: str | None = None, **fields: Any) -> dict[str, Any]:
    defaults = {"root_id": "r", "author_key": f"author-{tweet_id}", "brands": "acme", "seconds": 100.0}
    return dict.fromkeys(NODE) | defaults | {"tweet_id": tweet_id, "parent_id": parent_id, "basis": basis} | fields


def retweets(count: int, of: str = "r", **fields: Any) -> list[dict[str, Any]]:
    return [
        a_node(f"{of}-rt{n:02}", of, "retweet", **{"seconds": 101.0 + 60 * n, "followers_count": 10.0 * n} | fields)
        for n in range(count)
    ]


def scored(*nodes: dict[str, Any]) -> Any:
    found = score_conversations(pd.DataFrame([*nodes], columns=[*NODE]))
    assert [*found.columns] == [*SCORED]
    return found.set_index("tweet_id")


def test_a_retweet_of_a_quote_belongs_to_the_quote_and_only_replies_and_quotes_are_observed_depth() -> None:
    found = scored(
        a_node("r", seconds=1.0),
        a_node("q", "r", "quote", seconds=2.0),
        a_node("a", "q", "reply", seconds=3.0),
        a_node("t", "a", "retweet", seconds=4.0),
        a_node("u", "r", "retweet", seconds=5.0),
    )
    assert found["level"].to_dict() == {"r": 0, "q": 1, "u": 1, "a": 2, "t": 3}
    assert found["size"].to_dict() == {"r": 5, "q": 3, "u": 1, "a": 2, "t": 1}
    assert (found.at["r", "observed_depth"], found.at["r", "mixed_depth"]) == (2, 3)
    assert (found.at["q", "observed_depth"], found.at["q", "mixed_depth"]) == (1, 2)
    assert (found.at["r", "quote_count"], found.at["r", "timed_retweet_count"], found.at["q", "reply_count"]) == (
        1,
        1,
        1,
    )
    assert found.at["t", "parent_author_key"] == "author-a"
    assert found.at["r", "mixed_breadth"] == 2
    assert found.at["r", "mixed_virality"] == pytest.approx(2.0)  # 4 * 1 + 3 * 2 + 2 * 3 + 4 * 1 over 10 pairs


def test_enough_timed_retweets_of_a_known_root_get_the_exact_estimates() -> None:
    root = a_node("r", followers_count=500.0, retweet_count=40.0)
    found = scored(root, *retweets(25))
    waited, followers = [0.0, *(1.0 + 60 * n for n in range(25))], [500.0, *(10.0 * n for n in range(25))]
    mid = expect_trees(np.array(waited), np.array(followers))[1]
    assert found["depth_mid"].dropna().tolist() == pytest.approx(mid.depth[1:].tolist())
    assert found["credit_mid"].dropna().tolist() == pytest.approx(mid.credit[1:].tolist())
    assert found.at["r", "coverage"] == pytest.approx(25 / 40)
    assert found.at["r", "suppressed_because"] is None
    assert found.at["r", "mean_depth_low"] < found.at["r", "mean_depth_mid"] < found.at["r", "mean_depth_high"]
    assert found.at["r", "max_depth_low"] >= 1
    assert found.at["r", "half_seconds"] == 1.0 + 60 * 12
    assert found.at["r", "first_hour_share"] == 1.0
    assert set(found["likely_parent_id"].dropna()) <= set(found.index)
    assert (found["parent_probability"].dropna() > 0).all()


@pytest.mark.parametrize(
    ("root", "count", "reason"),
    [
        ({"followers_count": 5.0, "retweet_count": 19.0}, 19, FEW),
        ({"followers_count": 5.0, "retweet_count": 41.0}, 20, LOW_COVERAGE),
        ({"followers_count": None, "retweet_count": 20.0}, 20, UNKNOWN_ROOT),
        ({"followers_count": 5.0, "retweet_count": 40.0}, 20, None),
        ({"followers_count": 5.0, "retweet_count": None}, 20, None),
    ],
)
def test_estimates_are_suppressed_where_little_is_known(root: dict[str, Any], count: int, reason: str | None) -> None:
    found = scored(a_node("r", **root), *retweets(count))
    assert found.at["r", "suppressed_because"] == reason
    assert pd.isna(found.at["r", "mean_depth_mid"]) == (reason is not None)


def test_a_retweet_carries_the_public_count_of_its_root() -> None:
    found = scored(a_node("r", retweet_count=3.0), *retweets(2, retweet_count=90.0))
    assert found.at["r", "retweet_count"] == 90.0
    assert found.at["r", "coverage"] == pytest.approx(2 / 90)


def test_a_first_tweet_that_we_lack_is_a_row_with_what_is_known_of_it() -> None:
    snowflake = str((1777896000000 - 1288834974657) << 22)
    reactions = [
        a_node("x", snowflake, "retweet", root_id=snowflake, about_author_key="ann", seconds=1777896060.0),
        a_node("y", snowflake, "reply", root_id=snowflake, brands="globex", seconds=1777896120.0),
    ]
    found = scored(*reactions)
    assert found.at[snowflake, "author_key"] == "ann"
    assert found.at[snowflake, "brands"] == "acme,globex"
    assert found.at[snowflake, "seconds"] == 1777896000.0
    assert found.at["x", "parent_author_key"] == "ann"
    assert pd.isna(found.at[snowflake, "followers_count"])
    early = scored(a_node("x", "r", "reply", seconds=50.0))
    assert early.at["r", "seconds"] == 50.0


def test_tweets_that_reply_to_one_another_are_left_out_and_conversations_do_not_mix() -> None:
    found = scored(
        *[a_node("a", "b", "reply", root_id="r1"), a_node("b", "a", "reply", root_id="r1")],
        *[a_node("r2", root_id="r2"), a_node("c", "r2", "reply", root_id="r2")],
    )
    assert set(found.index) == {"r1", "r2", "c"}
    assert found.at["r2", "size"] == 2


def test_nothing_gives_nothing() -> None:
    assert score_conversations(pd.DataFrame(columns=[*NODE])).empty
