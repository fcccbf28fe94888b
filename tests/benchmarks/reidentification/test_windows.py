"""Each attack on trends finds a person if there is a leak, and nobody otherwise."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from benchmarks.reidentification.windows import (
    FIGURES,
    LISTS,
    changes_by_author,
    changes_by_tweet,
    count_tweets,
    find_by_change,
    find_by_count,
    find_by_recomputation,
    find_in_small_cells,
    find_in_small_windows,
)
from models.privacy.limits import K

MONDAY = pd.Timestamp("2026-05-04", tz="UTC")
WEEK, DAY, NEXT = ("week", MONDAY), ("day", MONDAY), ("day", MONDAY + pd.Timedelta(days=1))
Key = tuple[str, pd.Timestamp]


def a_window(key: Key = WEEK, authors: int | None = 500, **fields: Any) -> dict[str, Any]:
    figures = dict.fromkeys(FIGURES, 0.5 if authors else None) | dict.fromkeys(LISTS)
    own = {"window": key[0], "started_at": key[1].isoformat(), "author_count": authors, "tweet_count": 600}
    return own | figures | fields


def tweets_of(authors: Sequence[str], *keys: Key, **fields: Any) -> pd.DataFrame:
    """One tweet of each author, in these windows."""
    rows = [
        {"window": window, "started_at": start, "author": author, "tweet_id": f"{author} {fields.get('tweet_id', 1)}"}
        for author in authors
        for window, start in keys
    ]
    given = (
        dict.fromkeys(FIGURES, 0.5)
        | dict.fromkeys(LISTS)
        | {each: fields[each] for each in fields if each != "tweet_id"}
    )
    return pd.DataFrame(rows).assign(**given)


def people(first: int, end: int) -> list[str]:
    return [f"p{number}" for number in range(first, end)]


@pytest.mark.parametrize(
    ("hidden", "is_shown", "expected"),
    [(K, False, 0), (K - 1, False, K - 1), (K - 1, True, K - 1), (K, True, 0)],
)
def test_people_of_a_small_window_are_found_also_by_subtraction(hidden: int, is_shown: bool, expected: int) -> None:
    known = pd.concat([tweets_of(people(0, 300), WEEK, DAY), tweets_of(people(300, 300 + hidden), WEEK, NEXT)])
    served = [a_window(WEEK), a_window(DAY), a_window(NEXT, hidden if is_shown else None)]
    assert len(find_in_small_windows(served, known)) == expected


def test_a_week_without_shown_days_gives_nobody_away() -> None:
    known = pd.concat([tweets_of(people(0, 90), WEEK, DAY), tweets_of(people(90, 180), WEEK, NEXT)])
    assert find_in_small_windows([a_window(WEEK), a_window(DAY, None), a_window(NEXT, None)], known) == set()


@pytest.mark.parametrize(
    ("listed", "few", "found"),
    [(("en",), K, False), (("en",), K - 1, True), (("en", "fr"), K - 1, True), ((), 5, False)],
)
def test_people_of_a_small_cell_are_found_also_by_subtraction(listed: tuple[str, ...], few: int, found: bool) -> None:
    known = pd.concat(
        [tweets_of(people(0, 300), WEEK, languages="en"), tweets_of(people(300, 300 + few), WEEK, languages="fr")]
    )
    served = a_window(languages=[{"name": name, "share": 0.5} for name in listed])
    assert len(find_in_small_cells([served], known)) == (few if found else 0)


def scored(count: int = 200) -> pd.DataFrame:
    """Authors with a tweet each, of whom no two have the same score."""
    scores = [number / count for number in range(count)]
    return tweets_of(people(0, count), WEEK).assign(sentiment_mean=scores)


def mean_of(known: pd.DataFrame, decimals: int = 12) -> dict[str, Any]:
    return a_window(sentiment_mean=round(float(known.groupby("author")["sentiment_mean"].mean().mean()), decimals))


def test_whose_tweets_were_erased_is_found_but_not_once_figures_are_rounded() -> None:
    known = scored()
    change, rest = changes_by_author(known, is_capped=False), known[known["author"] != "p199"]
    assert find_by_change([mean_of(known)], [mean_of(rest)], change) == {"p199"}
    rounded = mean_of(known, 2), mean_of(rest, 2) | {"sentiment_mean": mean_of(known, 2)["sentiment_mean"] - 0.01}
    assert find_by_change([rounded[0]], [rounded[1]], change) == set()
    assert find_by_change([mean_of(known)], [mean_of(known)], change) == set()


def test_one_tweet_of_somebody_with_more_is_found_but_not_once_figures_are_rounded() -> None:
    known = pd.concat([scored(), tweets_of(["p7"], WEEK, tweet_id=2, sentiment_mean=0.9137)], ignore_index=True)
    change, rest = changes_by_tweet(known, is_capped=False), known[known["tweet_id"] != "p7 2"]
    assert find_by_change([mean_of(known)], [mean_of(rest)], change) == {"p7"}
    assert find_by_change([mean_of(known, 2)], [mean_of(known, 2) | {"sentiment_mean": 0.49}], change) == set()


def test_exact_numbers_of_tweets_show_who_left_to_whoever_knows_all_times() -> None:
    known = pd.concat([tweets_of(people(0, 9), WEEK, DAY), tweets_of(["zoe"], WEEK, NEXT)])
    before = [a_window(WEEK, tweet_count=10), a_window(DAY, tweet_count=9), a_window(NEXT, tweet_count=1)]
    counts = count_tweets(known)
    assert find_by_count(before, [a_window(WEEK, tweet_count=9), before[1]], counts) == {"zoe"}
    assert (
        find_by_count(before, [before[0] | {"tweet_count": 9}, before[1] | {"tweet_count": 8}, before[2]], counts)
        == set()
    )


def test_the_last_digits_recognise_whoever_changes_them_alone() -> None:
    known = scored(150).assign(complaint_share=[0.0] * 149 + [1.0])
    served = [a_window(WEEK)]
    assert find_by_recomputation(served, known) == {"p149"}
    assert find_by_recomputation([a_window(WEEK, None)], known) == set()
    assert find_by_recomputation(served, tweets_of(people(0, 200), WEEK)) == set()
