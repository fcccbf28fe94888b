"""Playing the generator and archives: rate, order, references, texts, notices."""

import gzip
import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import BadInput
from stack.x_emulator.local import DEFAULT_SCENARIO
from stack.x_emulator.posts import METRICS, Template
from stack.x_emulator.readers import Item, Notice, items_of, read_archive, read_generator
from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import STREAM, Listener, wait_for

Json = dict[str, Any]
PAYLOADS = Path(__file__).parents[4] / "shared" / "data" / "payloads"
FIELDS = (
    "author_id,conversation_id,created_at,edit_controls,entities,geo,in_reply_to_user_id,lang,note_tweet,"
    "possibly_sensitive,public_metrics,referenced_tweets,withheld"
)
EXPANSIONS = "author_id,geo.place_id,entities.mentions.username,referenced_tweets.id,referenced_tweets.id.author_id"
ALL = {
    "tweet.fields": FIELDS,
    "expansions": EXPANSIONS,
    "user.fields": "created_at,description,location,public_metrics,verified",
}


def a_page() -> Json:
    """Two tweets of one page in the renamed contract, the second a retweet of one that is not on it."""
    posts = [
        {"id": "11", "text": "a cat", "author_id": "1", "public_metrics": {"repost_count": 3}},
        {
            "id": "12",
            "text": "RT @root: a very long…",
            "author_id": "2",
            "referenced_posts": [{"type": "retweeted", "id": "5"}],
            "entities": {},
            "geo": None,
        },
    ]
    people = [{"id": "1", "username": "one", "name": "1"}, {"id": "2", "username": "two", "name": "2", "url": ""}]
    root = {"id": "5", "text": "a very long cat", "author_id": "9"}
    return {"data": posts, "includes": {"users": people, "posts": [root]}}


def a_v1_tweet(**fields: Any) -> Json:
    user = {
        "id_str": "41",
        "screen_name": "QuietOtter",
        "name": "Otter",
        "followers_count": 7,
        "friends_count": -3,
        "statuses_count": 9,
        "created_at": "Mon Jan 05 10:00:00 +0000 2015",
    }
    tweet = {
        "created_at": "Thu Mar 19 23:18:17 +0000 2020",
        "id": 1240779659098427392,
        "id_str": "1240779659098427392",
        "text": "a cut cat…",
        "truncated": True,
        "extended_tweet": {"full_text": "a cut cat and all that follows", "entities": {}},
        "user": user,
        "lang": "en",
        "entities": {
            "hashtags": [{"text": "cats", "indices": [0, 5]}],
            "user_mentions": [{"screen_name": "TealFinch", "id_str": "77", "indices": [6, 16]}],
            "urls": [{"url": "https://t.co/a", "expanded_url": "https://a.example", "indices": [1, 2]}],
        },
        "coordinates": {"type": "Point", "coordinates": [-0.1, 51.5]},
        "place": {
            "id": "aa",
            "full_name": "Town, Land",
            "country_code": "GB",
            "bounding_box": {"coordinates": [[[-1, 51], [-1, 52], [1, 52], [1, 51]]]},
        },
        "favorite_count": 4,
    }
    return tweet | fields


def _templates(items: Iterable[Item]) -> list[Template]:
    return [item for item in items if isinstance(item, Template)]


def test_a_page_becomes_one_template_a_tweet_in_old_names() -> None:
    first, second = _templates(items_of(a_page()))
    assert first.data["public_metrics"] == dict.fromkeys(METRICS, 0) | {"retweet_count": 3}
    assert second.data["referenced_tweets"] == [{"type": "retweeted", "id": "5"}]
    assert second.about["5"]["text"] == "a very long cat"
    assert [user["id"] for user in second.users] == ["2"]
    assert not {"entities", "geo"} & set(second.data)
    assert "url" not in second.users[0]


def test_a_v1_tweet_is_told_in_v2_names() -> None:
    (template,) = _templates(items_of(a_v1_tweet()))
    data = template.data
    assert (data["id"], data["author_id"], data["text"]) == ("1240779659098427392", "41", "a cut cat…")
    assert data["note_tweet"]["text"] == "a cut cat and all that follows"
    assert data["entities"]["hashtags"] == [{"start": 0, "end": 5, "tag": "cats"}]
    assert data["entities"]["mentions"] == [{"start": 6, "end": 16, "username": "TealFinch", "id": "77"}]
    assert data["geo"] == {"coordinates": {"type": "Point", "coordinates": [-0.1, 51.5]}, "place_id": "aa"}
    assert (data["public_metrics"]["like_count"], template.places[0]["geo"]["bbox"]) == (4, [-1, 51, 1, 52])
    assert template.users[0]["public_metrics"]["following_count"] == 0
    assert template.users[0]["created_at"] == "2015-01-05T10:00:00.000Z"


def test_the_text_of_extended_mode_is_whole() -> None:
    (template,) = _templates(items_of(a_v1_tweet(full_text="the whole cat", extended_tweet=None)))
    assert (template.data["text"], "note_tweet" in template.data) == ("the whole cat", False)


def test_a_v1_retweet_quotes_its_root_and_a_reply_its_parent() -> None:
    root = a_v1_tweet(id_str="7")
    (retweet,) = _templates(items_of(a_v1_tweet(retweeted_status=root, quoted_status_id_str="8")))
    assert retweet.data["referenced_tweets"] == [{"type": "retweeted", "id": "7"}]
    assert retweet.about["7"]["note_tweet"]["text"].endswith("follows")
    reply = a_v1_tweet(in_reply_to_status_id_str="6", in_reply_to_user_id_str="5", quoted_status_id_str="8")
    (template,) = _templates(items_of(reply))
    assert [each["type"] for each in template.data["referenced_tweets"]] == ["quoted", "replied_to"]
    assert template.data["in_reply_to_user_id"] == "5"


@pytest.mark.parametrize(
    "payload",
    [
        {"delete": {"status": {"id_str": "9", "user_id_str": "4"}, "timestamp_ms": "1"}},
        {"data": {"delete": {"tweet": {"id": "9", "author_id": "4"}, "event_at": "2021-07-06T18:40:40.000Z"}}},
    ],
)
def test_a_delete_of_either_form_is_a_notice(payload: Json) -> None:
    assert list(items_of(payload)) == [Notice("delete", "9", True, {"author_id": "4"})]


@pytest.mark.parametrize(
    "payload", [{}, {"data": None}, {"limit": {"track": 9}}, {"data": {"id": "1"}}, {"errors": []}]
)
def test_what_is_neither_tweet_nor_notice_is_passed_over(payload: Json) -> None:
    assert list(items_of(payload)) == []


def test_an_archive_is_read_whatever_stands_in_it(tmp_path: Path) -> None:
    lines = [json.dumps(a_page()), "{broken", "", json.dumps(a_v1_tweet()), "[1]", '"text"']
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\r\n".join(lines))
    (tmp_path / "b.jsonl").write_text(json.dumps([a_page()]) + "\n", "utf-8")
    (tmp_path / "notes.txt").write_text("no archive", "utf-8")
    assert len(_templates(read_archive(tmp_path))) == 5
    with pytest.raises(BadInput, match="contains no archive"):
        list(read_archive(tmp_path / "notes.txt"))


def test_a_generated_world_is_the_same_at_every_reading() -> None:
    first, second = (_templates(read_generator(DEFAULT_SCENARIO, 50)) for _ in range(2))
    assert len(first) > 40
    assert [each.data for each in first] == [each.data for each in second]


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="../shared/data/payloads is absent")
@pytest.mark.parametrize("name", ["v1_filter_apple", "v1_twut_500", "v2_filtered_stream_sample", "v2_search_pages"])
def test_recordings_are_played(start: Start, name: str) -> None:
    path = PAYLOADS / f"{name}.jsonl.gz"
    x = start(lambda: itertools.islice(read_archive(path), 200), tier="enterprise")
    x.add_rules("the OR a OR to OR is OR rt OR shib OR bitcoin")
    x.admin.play(2000, 200)
    x.admin.wait_for(min(200, len(_templates(itertools.islice(read_archive(path), 200)))))
    ids = [row["id"] for row in x.admin.posts()]
    assert len(ids) == len(set(ids))
    found = x.get("/2/tweets", ids=",".join(ids[:100]), **ALL)
    assert len(found["data"]) == len(ids[:100])


def test_the_generator_is_played_at_its_rate_with_new_ids_and_times(start: Start) -> None:
    x = start(DEFAULT_SCENARIO, templates=300, tier="enterprise")
    x.add_rules("moonkettle OR @MoonkettleCo OR skyvarn OR @FlySkyvarn OR pellowire OR oakmerrow OR the")
    x.admin.play(0.001)
    response = x.call("GET", STREAM, params=ALL, stream=True, headers={"Accept-Encoding": "identity"})
    stream = Listener(response)
    begun = x.admin.state()["now"]
    x.admin.play(200, 200)
    x.admin.wait_for(200)
    took = x.admin.state()["now"] - begun
    assert 0.8 < took < 2.5
    rows = x.admin.posts()
    matched = [row["id"] for row in rows if row["rules"]]
    assert [stream.post_id() for _ in matched] == matched
    assert [int(row["id"]) for row in rows] == sorted(int(row["id"]) for row in rows)
    response.close()


def test_references_point_at_what_was_played(start: Start) -> None:
    x = start(DEFAULT_SCENARIO, templates=400)
    x.admin.play(4000, 380)
    x.admin.wait_for(380)
    retweets = [row["id"] for row in x.admin.posts() if row["kind"] == "retweet"]
    assert len(retweets) > 20
    shape = {"tweet.fields": "referenced_tweets", "expansions": "referenced_tweets.id"}
    found = x.get("/2/tweets", ids=",".join(retweets[:100]), **shape)
    played = {row["id"] for row in x.admin.posts()}
    roots = [tweet["referenced_tweets"][0]["id"] for tweet in found["data"]]
    assert set(roots) <= played
    assert {tweet["id"] for tweet in found["includes"]["tweets"]} == set(roots)


def test_a_source_is_played_round_and_round_under_new_ids(start: Start) -> None:
    x = start(lambda: items_of(a_page()))
    x.admin.play(1000, 6)
    x.admin.wait_for(6)
    rows = x.admin.posts()
    assert len({row["id"] for row in rows}) == 6
    assert [row["kind"] for row in rows] == ["tweet", "retweet"] * 3
    assert x.admin.state()["rate"] == 1000 or x.admin.state()["rate"] == 0


def test_notices_of_the_source_hit_what_was_played(start: Start) -> None:
    delete = {"delete": {"status": {"id_str": "11", "user_id_str": "1"}, "timestamp_ms": "1"}}
    x = start(lambda: [*items_of(a_page()), *items_of(delete)])
    x.admin.play(1000, 3)
    x.admin.wait_for(3)
    assert [row["unsearchable"] for row in x.admin.posts()] == ["not_found", "retweet", None]


def test_the_clock_runs_as_fast_as_it_is_told(start: Start) -> None:
    x = start(lambda: items_of(a_page()), speed=50)
    before = x.admin.state()["now"]
    wait_for(lambda: x.admin.state()["now"] > before + 10, 2)
    x.admin.set_speed(1)
    x.admin.play(100, 20)
    x.admin.wait_for(20)
    first, last = (int(x.admin.posts()[place]["id"]) >> 22 for place in (0, -1))
    assert last - first < 1000


def test_people_of_the_source_are_known_before_they_speak(start: Start) -> None:
    x = start(lambda: items_of(a_page()), username="two")
    x.admin.play(0.001)
    assert x.get("/2/users/by/username/one")["data"]["id"] == "1"
    assert x.call("GET", "/2/users/me", token=x.credentials.user_token).json()["data"]["id"] == "2"
