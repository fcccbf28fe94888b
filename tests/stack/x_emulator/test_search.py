"""Recent search, counts and mentions: results, order and errors."""

from collections.abc import Callable

import pytest

from stack.x_emulator.clock import first_id, iso
from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import SEARCH, Probe

RETWEET = {"referenced_tweets": [{"type": "retweeted", "id": "7"}]}
COUNTS = "/2/tweets/counts/recent"
FINCH = {"users": [{"id": "77", "username": "TealFinch", "name": "Teal Finch"}]}
MENTION = {"entities": {"mentions": [{"start": 0, "end": 10, "username": "TealFinch", "id": "77"}]}}


def _ids(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [post["id"] for post in found.get("data", [])]


def test_search_returns_what_matches_newest_first(x: Probe) -> None:
    first, _, last = (x.admin.post(text) for text in ("a cat", "a dog", "another CAT"))
    found = x.get(SEARCH, query="cat")
    assert _ids(found) == [last, first]
    assert found["meta"] == {"newest_id": last, "oldest_id": first, "result_count": 2}


def test_no_result_is_a_count_of_nought(x: Probe) -> None:
    assert x.get(SEARCH, query="cat") == {"meta": {"result_count": 0}}


def test_pages_follow_their_tokens_to_the_end_while_new_posts_come(x: Probe) -> None:
    posts = [x.admin.post(f"cat {n}") for n in range(25)]
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = x.get(SEARCH, query="cat", max_results=10, **token)
        found += _ids(page)
        x.admin.post("a new cat")
        if "next_token" not in page["meta"]:
            break
        token = {"next_token": page["meta"]["next_token"]}
    assert found == posts[::-1]


def test_since_id_and_until_id_are_exclusive(x: Probe) -> None:
    posts = [x.admin.post(f"cat {n}") for n in range(5)]
    assert _ids(x.get(SEARCH, query="cat", since_id=posts[1], until_id=posts[4])) == [posts[3], posts[2]]


def test_times_bound_the_search(x: Probe) -> None:
    x.admin.post("an early cat")
    x.admin.advance(120)
    between = x.admin.state()["now"]
    x.admin.advance(120)
    late = x.admin.post("a late cat")
    x.admin.advance(60)
    assert _ids(x.get(SEARCH, query="cat", start_time=iso(between))) == [late]
    assert late not in _ids(x.get(SEARCH, query="cat", end_time=iso(between)))


def test_keyword_search_returns_no_retweet_and_the_administration_says_so(x: Probe) -> None:
    post, retweet = x.admin.post("a cat"), x.admin.post("RT @a: a cat", **RETWEET)
    assert _ids(x.get(SEARCH, query="cat")) == [post]
    assert x.admin.searchable("cat") == {"found": [post], "hidden": {retweet: "retweet"}}
    assert _ids(x.get(SEARCH, query="from:4001")) == [retweet, post]


def test_posts_become_searchable_half_a_minute_late_by_default(start: Start) -> None:
    x = start(search_delay_seconds=30)
    post = x.admin.post("a cat")
    assert _ids(x.get(SEARCH, query="cat")) == []
    x.admin.advance(31)
    assert _ids(x.get(SEARCH, query="cat")) == [post]


def test_search_forgets_after_seven_days(x: Probe) -> None:
    old = x.admin.post("an old cat")
    x.admin.advance(7 * 86_400 + 60)
    new = x.admin.post("a new cat")
    assert _ids(x.get(SEARCH, query="cat")) == [new]
    assert x.admin.searchable("cat")["hidden"] == {old: "too_old"}
    rejected = x.call("GET", SEARCH, params={"query": "cat", "since_id": old})
    assert rejected.status_code == 400
    assert "'since_id' must be a tweet id created after" in rejected.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("event", "about", "why"),
    [
        ("delete", lambda post: post, "not_found"),
        ("user_protect", lambda post: "4001", "not_authorized"),
        ("user_suspend", lambda post: "4001", "not_authorized"),
    ],
)
def test_what_was_removed_is_not_found(x: Probe, event: str, about: Callable[[str], str], why: str) -> None:
    post = x.admin.post("a cat")
    x.admin.event(event, about(post))
    assert _ids(x.get(SEARCH, query="cat")) == []
    assert x.admin.searchable("cat")["hidden"] == {post: why}


def test_only_the_last_version_of_an_edit_is_found(x: Probe) -> None:
    x.admin.post("a cta cat", id="50", edit_history_tweet_ids=["50"])
    last = x.admin.post("a cat", id="51", edit_history_tweet_ids=["50", "51"])
    assert _ids(x.get(SEARCH, query="cat")) == [last]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "query"),
        ({"query": "lang:en"}, "standalone"),
        ({"query": "cat sample:1"}, "invalid operator"),
        ({"query": "cat " * 200}, "max allowed length 512"),
        ({"query": "cat", "max_results": "9"}, "is not between 10 and 100"),
        ({"query": "cat", "max_results": "many"}, "is not between 10 and 100"),
        ({"query": "cat", "since_id": "first"}, "does not match"),
        ({"query": "cat", "start_time": "yesterday"}, "RFC3339"),
        ({"query": "cat", "start_time": "2006-01-01T00:00:00Z"}, "must be on or after"),
        ({"query": "cat", "end_time": "2199-01-01T00:00:00Z"}, "minimum of 10 seconds"),
        ({"query": "cat", "colour": "red"}, "is not one of"),
        ({"query": "cat", "tweet.fields": "colour"}, "is not one of"),
        ({"query": "cat", "sort_order": "random"}, "is not one of"),
        ({"query": "cat", "next_token": "!"}, "Invalid next_token"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(shared: Probe, parameters: dict[str, str], message: str) -> None:
    response = shared.call("GET", SEARCH, params=parameters)
    assert response.status_code == 400
    assert message in response.text
    assert response.json()["title"] == "Invalid Request"


def test_counts_fill_every_hour_and_add_up(x: Probe) -> None:
    for text in ("a cat", "a cat", "a dog"):
        x.admin.post(text)
    x.admin.advance(7200)
    x.admin.post("a cat")
    found = x.get(COUNTS, query="cat")
    assert found["meta"]["total_tweet_count"] == 3
    assert sum(row["tweet_count"] for row in found["data"]) == 3
    assert len(found["data"]) in (168, 169, 170)
    assert all(row["end"] == after["start"] for row, after in zip(found["data"], found["data"][1:], strict=False))
    recent = x.get(COUNTS, query="cat", granularity="day", start_time=iso(x.admin.state()["now"] - 3600))
    assert recent["meta"]["total_tweet_count"] == 1


def test_mentions_are_those_of_one_account_without_retweets(x: Probe) -> None:
    x.admin.post("a cat", includes=FINCH, **MENTION)
    post = x.admin.post("@TealFinch hello", **MENTION)
    x.admin.post("RT @a: @TealFinch hello", **MENTION, **RETWEET)
    found = x.get("/2/users/77/mentions", max_results=5, since_id=str(int(post) - 1))
    assert _ids(found) == [post]


def test_mentions_go_back_eight_hundred_posts(start: Start) -> None:
    x = start(max_mentions=12)
    posts = [x.admin.post(f"@TealFinch {n}", includes=FINCH, **MENTION) for n in range(15)]
    first = x.get("/2/users/77/mentions", max_results=10)
    rest = x.get("/2/users/77/mentions", max_results=10, pagination_token=first["meta"]["next_token"])
    assert _ids(first) + _ids(rest) == posts[:2:-1]
    assert "previous_token" in rest["meta"]


def test_mentions_of_nobody_are_an_error_in_the_answer(x: Probe) -> None:
    assert x.get("/2/users/99/mentions")["errors"][0]["resource_type"] == "user"


def test_a_request_in_the_new_spelling_is_answered_in_it(x: Probe) -> None:
    x.admin.post("a root", id="7")
    x.admin.post("a cat", referenced_tweets=[{"type": "quoted", "id": "7"}], note_tweet={"text": "a long cat"})
    new = {"query": "cat", "post.fields": "public_metrics,note_post", "expansions": "referenced_posts,author_id"}
    found = x.call("GET", SEARCH, params=new, spelling="2.167").json()
    assert {"referenced_posts", "edit_history_post_ids", "note_post", "author_id"} <= set(found["data"][0])
    assert "repost_count" in found["data"][0]["public_metrics"]
    assert found["includes"]["posts"][0]["text"] == "a root"
    old = {"query": "cat", "tweet.fields": "public_metrics,note_tweet", "expansions": "referenced_tweets.id"}
    found = x.get(SEARCH, **old)
    assert {"referenced_tweets", "edit_history_tweet_ids", "note_tweet"} <= set(found["data"][0])
    assert found["includes"]["tweets"][0]["text"] == "a root"


def test_old_parameters_are_answered_in_old_names_under_the_renamed_contract(start: Start) -> None:
    x = start(spelling="2.167")
    x.admin.post("a cat")
    new = x.get(SEARCH, query="cat")["data"][0]
    old = x.call("GET", SEARCH, params={"query": "cat", "tweet.fields": "lang"}, spelling="2.166").json()["data"][0]
    assert ("edit_history_post_ids" in new, "edit_history_tweet_ids" in old) == (True, True)


def test_names_that_one_contract_lacks_are_refused_in_it(x: Probe) -> None:
    parameters = {"query": "cat", "post.fields": "referenced_posts"}
    assert x.call("GET", SEARCH, params=parameters).status_code == 400


def test_an_id_of_the_clock_bounds_a_search(x: Probe) -> None:
    x.admin.post("a cat")
    x.admin.advance(60)
    since = str(first_id(x.admin.state()["now"]))
    post = x.admin.post("a cat")
    assert _ids(x.get(SEARCH, query="cat", since_id=since)) == [post]
