"""Rules of the stream over HTTP: statuses, bodies and delays like X's."""

import pytest

from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import RULES, Probe

PROBLEMS = "https://api.twitter.com/2/problems"


def test_an_added_rule_is_answered_with_201_and_listed(x: Probe) -> None:
    response = x.call("POST", RULES, json={"add": [{"value": "cat", "tag": "t"}, {"value": "dog"}]})
    assert response.status_code == 201
    summary = {"created": 2, "not_created": 0, "valid": 2, "invalid": 0}
    assert response.json()["meta"]["summary"] == summary
    rules = x.get(RULES)
    assert [(rule["value"], rule.get("tag")) for rule in rules["data"]] == [("cat", "t"), ("dog", None)]
    assert "tag" not in rules["data"][1]
    assert rules["meta"]["result_count"] == 2


def test_no_rules_are_listed_without_data(x: Probe) -> None:
    found = x.get(RULES)
    assert set(found) == {"meta"}
    assert found["meta"]["result_count"] == 0


def test_a_duplicate_is_named_in_an_answer_of_201(x: Probe) -> None:
    (known,) = x.add_rules("cat")
    response = x.call("POST", RULES, json={"add": [{"value": "cat", "tag": "other"}]})
    assert response.status_code == 201
    assert response.json()["errors"] == [
        {"value": "cat", "id": known, "title": "DuplicateRule", "type": f"{PROBLEMS}/duplicate-rules"}
    ]
    assert response.json()["meta"]["summary"] == {"created": 0, "not_created": 1, "valid": 0, "invalid": 1}


def test_an_invalid_rule_is_explained_in_an_answer_of_200(x: Probe) -> None:
    response = x.call("POST", RULES, json={"add": [{"value": "--b"}]})
    assert response.status_code == 200
    assert response.json()["errors"] == [
        {
            "value": "--b",
            "details": ["Rules must contain a non-negation term (at position 1)"],
            "title": "UnprocessableEntity",
            "type": f"{PROBLEMS}/invalid-rules",
        }
    ]


def test_valid_rules_beside_an_invalid_one_are_created(x: Probe) -> None:
    response = x.call("POST", RULES, json={"add": [{"value": "cat"}, {"value": "lang:en"}]})
    assert response.status_code == 201
    assert [rule["value"] for rule in response.json()["data"]] == ["cat"]
    assert response.json()["meta"]["summary"] == {"created": 1, "not_created": 1, "valid": 1, "invalid": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"add": []},
        {"delete": []},
        {"add": [{"tag": "t"}]},
        {"add": [{"value": "a", "note": 1}]},
        {"delete": {}},
        [1],
    ],
)
def test_a_malformed_body_is_refused(shared: Probe, body: object) -> None:
    response = shared.call("POST", RULES, json=body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "JSON doesn't match expected schema"


def test_rules_are_deleted_by_id_by_value_and_all_at_once(x: Probe) -> None:
    first, _, _ = x.add_rules("cat", "dog", "bird")
    by_id = x.call("POST", RULES, json={"delete": {"ids": [first]}})
    assert by_id.json()["meta"]["summary"] == {"deleted": 1, "not_deleted": 0}
    x.call("POST", RULES, json={"delete": {"values": ["dog"]}})
    assert [rule["value"] for rule in x.get(RULES)["data"]] == ["bird"]
    x.call("POST", RULES, params={"delete_all": "true"})
    assert "data" not in x.get(RULES)


def test_deleting_a_rule_that_is_not_there_is_an_error_in_the_answer(x: Probe) -> None:
    found = x.call("POST", RULES, json={"delete": {"ids": ["123"]}}).json()
    assert found["meta"]["summary"] == {"deleted": 0, "not_deleted": 1}
    assert found["errors"][0]["errors"][0]["message"] == "Rule does not exist"


def test_a_dry_run_answers_alike_and_changes_nothing(x: Probe) -> None:
    response = x.call("POST", RULES, params={"dry_run": "True"}, json={"add": [{"value": "cat"}]})
    assert response.json()["meta"]["summary"]["valid"] == 1
    assert "data" not in x.get(RULES)
    (rule,) = x.add_rules("cat")
    x.call("POST", RULES, params={"dry_run": "true"}, json={"delete": {"ids": [rule]}})
    assert x.get(RULES)["meta"]["result_count"] == 1


def test_a_rule_works_after_the_delay_and_for_the_delay_after_its_end(start: Start) -> None:
    x = start(rule_delay_seconds=20)
    (rule,) = x.add_rules("cat")
    with x.listen() as stream:
        x.admin.post("a cat too early")
        x.admin.advance(21)
        seen = x.admin.post("a cat in time")
        assert stream.post_id() == seen
        x.call("POST", RULES, json={"delete": {"ids": [rule]}})
        late = x.admin.post("a cat after the end")
        assert stream.post_id() == late
        x.admin.advance(21)
        x.admin.post("a cat that nobody hears")
        assert [row["rules"] != [] for row in x.admin.posts()] == [False, True, True, False]


def test_there_may_be_a_thousand_rules_and_not_one_more(x: Probe) -> None:
    x.add_rules(*(f"cat{n}" for n in range(1000)))
    response = x.call("POST", RULES, json={"add": [{"value": "dog"}]})
    assert (response.status_code, response.json()["type"]) == (422, f"{PROBLEMS}/rule-cap")
    counts = x.get(f"{RULES}/counts")["data"]
    assert (counts["cap_per_project"], counts["project_rules_count"]) == (1000, 1000)


def test_rules_come_in_pages(x: Probe) -> None:
    ids = x.add_rules("cat", "dog", "bird")
    first = x.get(RULES, max_results=2)
    rest = x.get(RULES, max_results=2, pagination_token=first["meta"]["next_token"])
    assert [rule["id"] for rule in first["data"] + rest["data"]] == ids
    assert len(first["meta"]["next_token"]) == 16
    assert [rule["id"] for rule in x.get(RULES, ids=",".join(ids[1:]))["data"]] == ids[1:]
