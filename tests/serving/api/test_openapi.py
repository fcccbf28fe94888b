"""The OpenAPI document: valid, at a stable URL, complete, with examples that fit; schemathesis against it per role."""

from typing import Any

import jsonschema
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from openapi_schema_validator import OAS31Validator
from schemathesis.core.result import Ok

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import publish_everything
from tests.serving.test_role_matrix import ROLES, routes

PATH = "/api/v1/openapi.json"
ANSWERED = ["2xx", "3xx", "401", "403", "404", "410", "429"]
"""How a valid request may be answered; 410: its cursor is of a run that is not published."""
CONFIG = {"checks": {"positive_data_acceptance": {"expected-statuses": ANSWERED}}}


@pytest.fixture
def document(database: None) -> dict[str, Any]:
    """As anybody gets it."""
    found: dict[str, Any] = Client().get(PATH).json()
    return found


def test_the_document_is_openapi_3_1_of_every_route(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    names = {"brand": "{brand}"}
    served = {
        (route.method, templated(route.path(**names)))
        for route in routes()
        if route.pattern.startswith(("api/", "metrics")) and route.name != "openapi"
    }
    plain = {(method, path.replace("/{token_id}", "/1").replace("/{ticket_id}", "/1")) for method, path in described}
    assert plain == served


def templated(path: str) -> str:
    """The path with its parameters in the place of their values."""
    values = {"/s01": "/{segment_id}", "/t01": "/{topic_id}", "0" * 63 + "1": "{author_key}"}
    values |= {f"{name}s/{1:020x}": f"{name}s/{{{name}_id}}" for name in ("influencer", "cascade")}
    for value, parameter in values.items():
        path = path.replace(value, parameter)
    return path


def test_every_operation_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    missing, wrong = [], []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                for media_type, content in response.get("content", {}).items():
                    if not media_type.endswith("json"):
                        continue
                    examples = [each["value"] for each in content.get("examples", {}).values()]
                    missing += [] if examples or status == "201" else [f"{method} {path} {status}"]
                    schema = content["schema"] | {"components": document["components"]}
                    wrong += [f"{path} {error.message}" for each in examples for error in errors(schema, each)]
    assert (missing, wrong) == ([], [])


def errors(schema: dict[str, Any], example: Any) -> list[jsonschema.ValidationError]:
    return list(OAS31Validator(schema).iter_errors(example))


def run_schemathesis(client: Client, authorization: str | None, examples: int) -> None:
    """Valid and invalid requests to every operation; any undocumented answer fails."""
    schema = schemathesis.openapi.from_wsgi(PATH, get_wsgi_application(), config=schemathesis.Config.from_dict(CONFIG))
    headers = {"Authorization": authorization} if authorization else {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        @seed(1)
        @hypothesis_settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            if "brand" in case.path_parameters:
                case.path_parameters["brand"] = "skyvarn"
            case.call_and_validate(headers=headers)

        check()


@pytest.mark.parametrize(
    ("role", "examples"),
    [
        *((role, 3) for role in (None, *ROLES)),
        *(pytest.param(role, 60, marks=[pytest.mark.slow, pytest.mark.timeout(1200)]) for role in (None, *ROLES)),
    ],
)
def test_no_answer_is_undocumented(served: Settings, client_of: ClientOf, role: str | None, examples: int) -> None:
    publish_everything(served)
    client = client_of(role)
    run_schemathesis(client, client.defaults.get("HTTP_AUTHORIZATION"), examples)
