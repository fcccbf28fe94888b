"""Sample texts of a topic and of an incident: for some roles, masked, recorded, and none of erased tweets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from django.test import override_settings

from conf.lake_format import lake_folder
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sources.lake_tweets import Sampled, read_sample_texts
from tests.serving.conftest import BRAND, OTHER, ClientOf, rows
from tests.serving.documents import MONDAY, a_topic, an_alert, publish, put_alerts

TOPIC, ALERT = f"/brands/{BRAND}/topics/t01", f"/brands/{BRAND}/alerts/{1:016x}"
PEAK = MONDAY + timedelta(hours=13)
ERASED = "9"


def a_tweet(number: int, text: str, **fields: Any) -> dict[str, Any]:
    """Written half an hour before the peak; by default no complaint."""
    at = PEAK - timedelta(minutes=30)
    given = {"tweet_id": str(number), "created_on": at.date(), "created_at": at, "brands": [BRAND], "kind": "tweet"}
    given |= {"text": text, "text_hash": f"h{number}", "author_key": f"{number:064x}"}
    return given | {"sentiment": {"label": "neutral"}, "complaint": {"is_complaint": False}} | fields


TWEETS = (
    a_tweet(1, "My bag is lost @user"),
    a_tweet(2, "The gate is closed", complaint={"is_complaint": True}),
    a_tweet(3, "My bag is lost @user", text_hash="h1"),
    a_tweet(4, "Of another brand", brands=[OTHER]),
    a_tweet(5, "A retweet", kind="retweet"),
    a_tweet(6, "Too early", created_at=PEAK - timedelta(hours=3)),
    a_tweet(7, "Very sad", sentiment={"label": "negative"}),
    a_tweet(9, "This was erased"),
)


@pytest.fixture
def texts(served: Settings) -> Settings:
    """A lake with the tweets, of which all are about a topic; one of them is erased."""
    publish(served, "topics", 7, a_topic(1, as_of=PEAK))
    put_alerts(served, an_alert(1), an_alert(2, kind="silence"))
    write(served, "gold.tweet_topics", [topical(tweet) for tweet in TWEETS])
    for kept in (TWEETS, [tweet for tweet in TWEETS if tweet["tweet_id"] != ERASED]):
        write(served, "silver.tweets", list(kept))
    return served


def write(settings: Settings, name: str, found: list[dict[str, Any]]) -> None:
    write_deltalake(lake_folder(settings, name), pa.Table.from_pylist(found), mode="overwrite")


def topical(tweet: dict[str, Any]) -> dict[str, Any]:
    about = "t02" if tweet["tweet_id"] == "2" else "t01"
    return {"brand": BRAND, "tweet_id": tweet["tweet_id"], "created_on": tweet["created_on"], "topic_id": about}


@pytest.mark.parametrize("role", ["analyst", "admin"])
@pytest.mark.parametrize(("path", "subject"), [(TOPIC, "topic t01"), (ALERT, f"alert {1:016x}")])
def test_a_look_at_texts_is_recorded_and_shows_nothing_else_of_the_tweets(
    texts: Settings, browser_of: ClientOf, role: str, path: str, subject: str
) -> None:
    client = browser_of(role)
    text = client.get(path).content.decode()
    assert "Show sample texts" in text
    assert "My bag is lost" not in text
    assert rows("AuditEntry").filter(action="texts.read").count() == 0
    text = client.get(f"{path}?texts=show").content.decode()
    assert text.count("My bag is lost @user") == 1, "the same text once"
    assert "This was erased" not in text
    assert f"{1:064x}" not in text.replace(path, "")
    (entry,) = rows("AuditEntry").filter(action="texts.read")
    assert (entry.brand, entry.subject) == (BRAND, subject)
    assert "My bag is lost" not in client.get(path).content.decode(), "the page remembers no text"


@pytest.mark.parametrize("role", ["viewer", "agent", "approver"])
@pytest.mark.parametrize("path", [TOPIC, ALERT])
def test_other_roles_get_no_texts_and_nothing_is_recorded(
    texts: Settings, browser_of: ClientOf, role: str, path: str
) -> None:
    browser_of("analyst").get(f"{path}?texts=show")
    text = browser_of(role).get(f"{path}?texts=show").content.decode()
    assert "ample texts" not in text
    assert "My bag is lost" not in text
    assert rows("AuditEntry").filter(action="texts.read").count() == 1


def test_texts_are_of_the_brand_the_time_and_what_the_alert_is_about(texts: Settings) -> None:
    hour = Sampled(BRAND, PEAK - timedelta(hours=1), PEAK)
    assert sorted(read_sample_texts(texts, hour)) == ["My bag is lost @user", "The gate is closed", "Very sad"]
    complaints = Sampled(BRAND, hour.start, hour.end, only="complaints")
    assert read_sample_texts(texts, complaints) == ["The gate is closed"]
    assert read_sample_texts(texts, Sampled(BRAND, hour.start, hour.end, only="negative")) == ["Very sad"]
    assert read_sample_texts(texts, Sampled(BRAND, hour.start, hour.end, "t02")) == ["The gate is closed"]
    assert read_sample_texts(texts, Sampled(BRAND, hour.start, hour.end, "t03")) == []
    assert read_sample_texts(texts, Sampled(OTHER, hour.start, hour.end)) == ["Of another brand"]


def test_an_erasure_reaches_both_tables_by_the_tweets_id() -> None:
    assert {TABLES[name].erasure for name in ("silver.tweets", "gold.tweet_topics")} == {"tweet_id"}


def test_a_silence_and_a_lake_without_tweets_have_no_texts(
    texts: Settings, browser_of: ClientOf, tmp_path: Path
) -> None:
    client = browser_of("analyst")
    assert "ample texts" not in client.get(f"/brands/{BRAND}/alerts/{2:016x}").content.decode()
    elsewhere = texts.model_copy(update={"lake": texts.lake.model_copy(update={"path": str(tmp_path / "none")})})
    with override_settings(BRANDPULSE=elsewhere):
        assert "No text of that time is stored" in client.get(f"{TOPIC}?texts=show").content.decode()
