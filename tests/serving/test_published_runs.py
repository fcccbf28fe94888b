"""What readers see while the pipeline publishes: one run in each answer, never an empty one."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from django.test import Client

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_profile, a_segment, publish

READERS, SEGMENTS = 8, 60


def publish_run(settings: Settings, run: int) -> None:
    """Every document of a run has its number."""
    publish(settings, "segments", run, *(a_segment(number, author_count=run) for number in range(101, 101 + SEGMENTS)))
    publish(settings, "author_profiles", run, *(a_profile(number, tweet_count=run) for number in range(1, 4)))


def read_list(client: Client) -> list[int]:
    """Follow the list's pages, to their end or to that of the run."""
    statuses, path = list[int](), "/api/v1/brands/skyvarn/segments?limit=20"
    while path:
        response = client.get(path)
        statuses.append(response.status_code)
        if response.status_code != 200:
            break
        body = response.json()
        assert {row["author_count"] for row in body["data"]} == {body["run"]}, "a page mixes two runs, or is empty"
        path = body["next"]
    return statuses


def read_one(client: Client) -> list[int]:
    body = client.get("/api/v1/brands/skyvarn/segments/s107").json()
    assert body["data"]["author_count"] == body["run"]
    return [200]


def read_export(client: Client) -> list[int]:
    response = client.get("/api/v1/brands/skyvarn/segments.jsonl")
    lines = response.content.decode().splitlines()
    assert len(lines) == SEGMENTS
    assert all(f'"author_count": {response["X-Run"]},' in line for line in lines)
    return [response.status_code]


def read_unchanged(client: Client) -> list[int]:
    first = client.get("/api/v1/brands/skyvarn/segments")
    again = client.get("/api/v1/brands/skyvarn/segments", headers={"If-None-Match": first["ETag"]})
    return [first.status_code, again.status_code]


READS: tuple[Callable[[Client], list[int]], ...] = (read_list, read_one, read_export, read_unchanged)


@pytest.mark.parametrize("flips", [6, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_no_answer_mixes_two_runs(served: Settings, client_of: ClientOf, flips: int) -> None:
    publish_run(served, 1)
    authorization, done = client_of().defaults["HTTP_AUTHORIZATION"], threading.Event()
    seen: list[int] = []
    failures: list[str] = []

    def read(number: int) -> None:
        mine = Client(raise_request_exception=False, headers={"Authorization": authorization})
        while not done.is_set():
            try:
                seen.extend(READS[number % len(READS)](mine))
            except Exception as error:
                failures.append(repr(error))
        connections.close_all()

    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for run in range(2, flips + 2):
            publish_run(served, run)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert set(seen) <= {200, 304, 410}
    assert seen.count(200) > flips


def test_a_cursor_stays_in_its_run_until_that_expires(served: Settings, client_of: ClientOf) -> None:
    publish_run(served, 1)
    client = client_of()
    path = client.get("/api/v1/brands/skyvarn/segments?limit=20").json()["next"]
    publish_run(served, 2)
    body = client.get(path).json()
    assert (body["run"], len(body["data"]), body["data"][0]["segment_id"]) == (1, 20, "s121")
    for run in range(3, 6):
        publish_run(served, run)
    expired = client.get(path)
    assert (expired.status_code, expired["Content-Type"]) == (410, "application/problem+json")
    assert client.get("/api/v1/brands/skyvarn/segments?cursor=99~x").status_code == 410


def test_a_list_pages_through_every_row_once(served: Settings, client_of: ClientOf) -> None:
    publish_run(served, 1)
    client, found, path = client_of(), list[str](), "/api/v1/brands/skyvarn/segments?limit=7"
    while path:
        body = client.get(path).json()
        found += [row["segment_id"] for row in body["data"]]
        path = body["next"]
    assert len(found) == len(set(found)) == SEGMENTS
    assert found == sorted(found)


def test_the_etag_is_the_published_run(served: Settings, client_of: ClientOf) -> None:
    client, path = client_of(), "/api/v1/brands/skyvarn/segments"
    assert client.get(path)["ETag"] == '"0"'
    publish_run(served, 5)
    fresh = client.get(path)
    assert fresh["ETag"] == '"5"'
    unchanged = client.get(path, headers={"If-None-Match": '"5"'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    publish_run(served, 6)
    assert client.get(path, headers={"If-None-Match": '"5"'}).status_code == 200
