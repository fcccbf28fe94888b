"""The validation itself, and the emulator's tables against the OpenAPI documents."""

import json

import pytest

from stack.x_emulator.contract import endpoints, names_of, shape_parameters, table
from stack.x_emulator.options import Options
from stack.x_emulator.problems import problem
from tests.stack.x_emulator import contract
from tests.stack.x_emulator.conftest import Start

pytestmark = pytest.mark.skipif(not contract.IS_THERE, reason="../shared/contracts is absent")


@pytest.mark.parametrize(
    ("path", "status", "media", "body"),
    [
        ("/2/tweets", 200, "application/json", {"data": []}),
        ("/2/tweets", 200, "application/json", {"data": [{"id": "x", "text": "a"}]}),
        (
            "/2/tweets",
            200,
            "application/json",
            {"data": [{"id": "1"}], "errors": [{"title": "a", "type": "about:blank2"}]},
        ),
        ("/2/tweets", 299, "application/json", {}),
        ("/2/nothing", 200, "application/json", {}),
        (
            "/2/tweets",
            400,
            "application/problem+json",
            {"title": "a", "type": "https://api.twitter.com/2/problems/none"},
        ),
        ("/2/tweets", 429, "application/problem+json", problem("usage_capped") | {"period": "Yearly"}),
    ],
)
def test_the_judge_sees_a_wrong_answer(path: str, status: int, media: str, body: object) -> None:
    assert contract.errors_of("GET", path, status, media, json.dumps(body).encode(), "2.166")


@pytest.mark.parametrize("name", table("problems"))
def test_every_problem_document_has_the_form_of_its_type(name: str) -> None:
    values = dict.fromkeys(("value", "id", "detail", "kind", "supported", "limit", "parameter"), "1")
    places = {"resource_type": "tweet", "section": "data", "disconnect_type": "SlowReader"}
    body = json.dumps(problem(name, **values, **places)).encode()
    assert contract.errors_of("GET", "/2/tweets", 400, "application/problem+json", body, "2.166") == []


@pytest.mark.parametrize("version", ["2.166", "2.167"])
def test_every_endpoint_is_in_the_document_with_its_parameters(version: str) -> None:
    for each in endpoints():
        operation = contract.document(version)["paths"][each.path][each.method.lower()]
        known = set(_parameters(operation, version))
        assert set(each.parameters) <= known, each.name
        if each.shape:
            spelling = "2.166" if each.is_stream else version
            assert set(shape_parameters(each.shape, spelling)) <= known, each.name


def test_every_reading_is_answered_as_the_renamed_contract_says(start: Start) -> None:
    x = start(spelling="2.167", tier="enterprise")
    x.add_rules("cat")
    post = x.admin.post(
        "a cat", geo={"place_id": "a"}, includes={"users": [{"id": "4001", "username": "Otter", "name": "O"}]}
    )
    x.call("POST", "/2/compliance/jobs", json={"type": "tweets"})
    asked = {"ids": post, "id": post, "query": "cat", "usernames": "Otter", "type": "tweets"}
    for each in endpoints():
        if each.method == "GET" and not each.is_stream and "app" in each.auth and each.name != "job":
            number = "4001" if "users" in each.path else post
            path = each.path.format(id=number, username="Otter")
            wanted = {
                name: asked[name]
                for name, about in each.parameters.items()
                if about.is_required and "{" + name not in each.path
            }
            assert x.get(path, **wanted), each.name


@pytest.mark.parametrize(
    ("group", "version", "component"),
    [
        ("tweet", "2.166", "TweetFieldsParameter"),
        ("expansions", "2.166", "TweetExpansionsParameter"),
        ("user", "2.166", "UserFieldsParameter"),
        ("user_expansions", "2.166", "UserExpansionsParameter"),
        ("media", "2.166", "MediaFieldsParameter"),
        ("poll", "2.166", "PollFieldsParameter"),
        ("place", "2.166", "PlaceFieldsParameter"),
        ("usage", "2.166", "UsageFieldsParameter"),
        ("connection", "2.166", "ConnectionFieldsParameter"),
        ("compliance_job", "2.166", "ComplianceJobFieldsParameter"),
        ("rules_count", "2.166", "RulesCountFieldsParameter"),
        ("search_count", "2.166", "SearchCountFieldsParameter"),
        ("post", "2.167", "PostFieldsParameter"),
        ("post_expansions", "2.167", "PostExpansionsParameter"),
        ("post_user", "2.167", "UserFieldsParameter"),
        ("post_user_expansions", "2.167", "UserExpansionsParameter"),
    ],
)
def test_names_of_fields_are_those_of_the_document(group: str, version: str, component: str) -> None:
    known = contract.document(version)["components"]["parameters"][component]["schema"]["items"]["enum"]
    assert sorted(names_of(group)) == sorted(known)


def test_keys_of_a_post_to_write_are_those_of_the_document() -> None:
    schema = contract.document("2.166")["components"]["schemas"]["TweetCreateRequest"]
    assert table("contract")["create_tweet"]["keys"] == sorted(schema["properties"])


def test_options_name_tiers_and_spellings_that_there_are() -> None:
    assert Options().tier in table("contract")["tiers"]


def _parameters(operation: contract.Json, version: str) -> list[str]:
    shared = contract.document(version)["components"]["parameters"]
    listed = operation.get("parameters", [])
    return [each["name"] if "name" in each else shared[each["$ref"].rpartition("/")[2]]["name"] for each in listed]
