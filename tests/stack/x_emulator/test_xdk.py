"""X's own Python client (xdk), which uses the renamed contract and accepts a base URL."""

import threading
from importlib import import_module
from typing import Any

import pytest

from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import Probe, wait_for

pytestmark = pytest.mark.slow
xdk = pytest.importorskip("xdk", reason="xdk is not installed: it is in the dev extra")
MENTION = {"entities": {"mentions": [{"start": 0, "end": 10, "username": "TealFinch", "id": "77"}]}}
FINCH = {"users": [{"id": "77", "username": "TealFinch", "name": "Teal Finch"}]}


@pytest.fixture
def new(start: Start) -> Probe:
    return start(spelling="2.167")


def _client(x: Probe, **credentials: str) -> Any:
    client = xdk.Client(base_url=x.base_url, **(credentials or {"bearer_token": x.credentials.bearer_token}))
    client.session.trust_env = False
    return client


def _as_dict(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = model if isinstance(model, dict) else model.model_dump(exclude_none=True)
    return found


def test_rules_are_added_listed_counted_and_deleted(new: Probe) -> None:
    request = import_module("xdk.stream.models").UpdateRulesRequest

    stream = _client(new).stream
    added = _as_dict(stream.update_rules(request(add=[{"value": "cat", "tag": "t"}])))
    assert added["data"][0]["value"] == "cat"
    pages = [_as_dict(page) for page in stream.get_rules()]
    assert [rule["value"] for rule in pages[0]["data"]] == ["cat"]
    assert _as_dict(stream.get_rule_counts())["data"]
    removed = _as_dict(stream.update_rules(request(delete={"ids": [added["data"][0]["id"]]})))
    assert removed["meta"]["summary"]["deleted"] == 1


def test_the_stream_is_heard(new: Probe) -> None:
    new.add_rules("cat", tag="pets")
    posts = iter(_client(new).stream.posts())
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(next(posts)), daemon=True)
    reader.start()
    wait_for(lambda: new.admin.state()["open"] == 1)
    post = new.admin.post("a cat")
    reader.join(10)
    assert _as_dict(found[0])["data"]["id"] == post


def test_search_pages_to_the_end(new: Probe) -> None:
    posts = [new.admin.post(f"cat {n}") for n in range(25)]
    pages = _client(new).posts.search_recent(query="cat", max_results=10, post_fields=["created_at"])
    found = [_as_dict(post)["id"] for page in pages for post in page.data]
    assert found == posts[::-1]


def test_posts_people_mentions_and_counts_are_read(new: Probe) -> None:
    post = new.admin.post("@TealFinch cat", includes=FINCH, **MENTION)
    client = _client(new)
    assert _as_dict(client.posts.get_by_ids(ids=[post]))["data"][0]["id"] == post
    assert _as_dict(client.users.get_by_usernames(usernames=["TealFinch"]))["data"][0]["id"] == "77"
    assert [_as_dict(each)["id"] for page in client.users.get_mentions("77") for each in page.data] == [post]
    counted = next(iter(client.posts.get_counts_recent(query="cat")))
    assert _as_dict(counted)["meta"]["total_post_count"] == 1


def test_usage_connections_and_jobs_are_read(new: Probe) -> None:
    jobs_request = import_module("xdk.compliance.models").CreateJobsRequest

    client = _client(new)
    assert _as_dict(client.usage.get())["data"]["project_cap"]
    assert _as_dict(client.connections.delete_all())["data"]["successful_kills"] == 0
    job = _as_dict(client.compliance.create_jobs(jobs_request(type="tweets")))["data"]
    assert _as_dict(client.compliance.get_jobs_by_id(job["id"]))["data"]["status"] == "created"
    assert len(_as_dict(client.compliance.get_jobs(type="tweets"))["data"]) == 1


def test_a_reply_is_written_with_a_token_of_the_user(new: Probe) -> None:
    create_request = import_module("xdk.posts.models").CreateRequest

    request = new.admin.post("@TealFinch help", includes=FINCH, **MENTION)
    client = _client(new, access_token=new.credentials.user_token)
    body = create_request(text="on it", reply={"in_reply_to_tweet_id": request})
    assert _as_dict(client.posts.create(body))["data"]["text"] == "on it"


def test_a_reply_is_written_with_a_signature(new: Probe) -> None:
    signing = import_module("xdk.oauth1_auth").OAuth1
    create_request = import_module("xdk.posts.models").CreateRequest

    known = new.credentials
    keys = (
        known.consumer_key,
        known.consumer_secret,
        "http://127.0.0.1",
        known.access_token,
        known.access_token_secret,
    )
    client = _client(new, auth=signing(*keys))
    assert _as_dict(client.posts.create(create_request(text="hello")))["data"]["text"] == "hello"
