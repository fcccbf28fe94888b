"""Posts and accounts by id and name."""

from collections.abc import Callable

import pytest

from tests.stack.x_emulator.probe import Probe

PEOPLE = {"users": [{"id": "4001", "username": "QuietOtter", "name": "Otter", "location": "here"}]}


def test_posts_come_by_id_and_what_is_missing_is_an_error_beside_them(x: Probe) -> None:
    posts = [x.admin.post("a cat"), x.admin.post("a dog")]
    found = x.get("/2/tweets", ids=",".join([posts[1], "456", posts[0]]))
    assert [post["id"] for post in found["data"]] == [posts[1], posts[0]]
    (error,) = found["errors"]
    assert error["type"] == "https://api.twitter.com/2/problems/resource-not-found"
    assert (error["value"], error["resource_type"], error["title"]) == ("456", "tweet", "Not Found Error")


@pytest.mark.parametrize(
    ("event", "about", "kind"),
    [
        ("delete", lambda post: post, "resource-not-found"),
        ("drop", lambda post: post, "resource-not-found"),
        ("user_delete", lambda post: "4001", "resource-not-found"),
        ("user_protect", lambda post: "4001", "not-authorized-for-resource"),
        ("user_suspend", lambda post: "4001", "not-authorized-for-resource"),
    ],
)
def test_a_removed_post_is_an_error_of_its_kind(x: Probe, event: str, about: Callable[[str], str], kind: str) -> None:
    post = x.admin.post("a cat")
    x.admin.event(event, about(post))
    found = x.get("/2/tweets", ids=post)
    assert "data" not in found
    assert found["errors"][0]["type"].endswith(kind)


@pytest.mark.parametrize("undo", [("user_protect", "user_unprotect"), ("user_suspend", "user_unsuspend")])
def test_what_was_undone_is_shown_again(x: Probe, undo: tuple[str, str]) -> None:
    post = x.admin.post("a cat")
    for event in undo:
        x.admin.event(event, "4001")
    assert x.get("/2/tweets", ids=post)["data"][0]["id"] == post


def test_scrubbed_geo_is_gone_and_withheld_is_told(x: Probe) -> None:
    post = x.admin.post("a cat", geo={"place_id": "abc"})
    x.admin.event("scrub_geo", "4001", up_to_tweet_id=post)
    x.admin.event("withheld", post, countries=["DE"])
    found = x.get("/2/tweets", ids=post, **{"tweet.fields": "geo,withheld"})["data"][0]
    assert "geo" not in found
    assert found["withheld"] == {"copyright": False, "country_codes": ["DE"]}


@pytest.mark.parametrize("ids", ["", ",".join(str(n) for n in range(1, 102)), "12345678901234567890", "cat"])
def test_ids_that_are_none_or_too_many_are_refused(shared: Probe, ids: str) -> None:
    assert shared.call("GET", "/2/tweets", params={"ids": ids}).status_code == 400


def test_a_single_post_is_no_list(x: Probe) -> None:
    post = x.admin.post("a cat")
    assert x.get(f"/2/tweets/{post}")["data"]["text"] == "a cat"
    assert set(x.get("/2/tweets/456")) == {"errors"}


def test_accounts_come_by_id_and_by_name_in_any_case(x: Probe) -> None:
    x.admin.post("a cat", includes=PEOPLE)
    assert x.get("/2/users", ids="4001,1")["data"] == [{"id": "4001", "username": "QuietOtter", "name": "Otter"}]
    found = x.get("/2/users/by", usernames="quietotter,nobody", **{"user.fields": "location"})
    assert found["data"][0]["location"] == "here"
    assert found["errors"][0]["value"] == "nobody"
    assert x.get("/2/users/by/username/QuietOtter")["data"]["id"] == "4001"
    assert x.get("/2/users/4001")["data"]["username"] == "QuietOtter"


def test_what_is_no_path_is_a_problem_document(x: Probe) -> None:
    response = x.session.get(f"{x.base_url}/2/nothing")
    assert (response.status_code, response.json()["title"]) == (404, "Not Found")
    assert x.session.put(f"{x.base_url}/2/tweets").json()["status"] == 405


def test_a_removed_root_takes_its_retweets_along_and_one_version_of_an_edit_the_others(x: Probe) -> None:
    root = x.admin.post("a root", id="7")
    retweet = x.admin.post("RT @a: a root", author_id="5", referenced_tweets=[{"type": "retweeted", "id": "7"}])
    reply = x.admin.post("an answer", author_id="5", referenced_tweets=[{"type": "replied_to", "id": "7"}])
    x.admin.event("delete", root)
    assert [post["id"] for post in x.get("/2/tweets", ids=f"{root},{retweet},{reply}")["data"]] == [reply]
    found = x.get("/2/tweets", ids=reply, expansions="referenced_tweets.id")
    assert ("includes" in found, found["errors"][0]["value"]) == (False, root)
    first = x.admin.post("a cta", id="50", edit_history_tweet_ids=["50"])
    second = x.admin.post("a cat", id="51", edit_history_tweet_ids=["50", "51"])
    assert len(x.get("/2/tweets", ids=f"{first},{second}")["data"]) == 2
    x.admin.event("delete", first)
    assert "data" not in x.get("/2/tweets", ids=f"{first},{second}")
