"""Validation of answers against X's OpenAPI documents; skipped in a checkout without ../shared/contracts."""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker

CONTRACTS = Path(__file__).parents[4] / "shared" / "contracts"
IS_THERE = CONTRACTS.is_dir()
Json = dict[str, Any]
DEVIATIONS = {
    ("POST", "/2/tweets/search/stream/rules", 201): "200",  # X answers 201 where its document says 200
}


@cache
def document(version: str) -> Json:
    with gzip.open(CONTRACTS / f"x-api-openapi-{version}.json.gz") as file:
        found: Json = json.load(file)
    return found


@cache
def validator(version: str, schema: str) -> Any:
    """A validator of one schema, given as JSON text or as the name of a component."""
    inner = json.loads(schema) if schema.startswith("{") else {"$ref": f"#/components/schemas/{schema}"}
    whole = {"allOf": [inner], "components": document(version)["components"]}
    return OAS30Validator(whole, format_checker=oas30_format_checker)


def errors_of(method: str, path: str, status: int, media: str, body: bytes, version: str) -> list[str]:
    """The errors of an answer according to the document of that version."""
    operation = _operation(method, path, version)
    if operation is None:
        return [f"{method} {path} is not an operation of {version}"]
    if status >= 400 and media == "application/problem+json":
        return list(_problem_errors(json.loads(body)))
    responses = operation["responses"]
    known = responses.get(DEVIATIONS.get((method, path, status), str(status)))
    if known is None:
        return [f"{method} {path}: no {status} in {version}"]
    schema = known["content"]["application/json"]["schema"]
    return list(errors_of_body(json.loads(body), json.dumps(schema), version))


def errors_of_body(body: Json, schema: str, version: str) -> Iterator[str]:
    """The errors of a body according to a schema, and of each problem in `errors` according to its type."""
    for error in validator(version, schema).iter_errors(body):
        yield f"{error.json_path}: {error.message[:200]}"
    for each in body.get("errors", ()):
        if "type" in each:
            yield from _problem_errors(each)


def _problem_errors(problem: Json) -> Iterator[str]:
    """Validated with 2.166: 2.167 lists only some of the problems that X sends."""
    mapping = document("2.166")["components"]["schemas"]["Problem"]["discriminator"]["mapping"]
    kind = problem["type"].replace("https://api.x.com", "https://api.twitter.com")
    if kind not in mapping:
        yield f"{kind} is not a type of problem"
        return
    for error in validator("2.166", mapping[kind].rpartition("/")[2]).iter_errors(problem):
        yield f"{kind} {error.json_path}: {error.message[:200]}"


def _operation(method: str, path: str, version: str) -> Json | None:
    paths = document(version)["paths"]
    exact = [path] if path in paths else []
    found = exact or [each for each in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
    operation: Json | None = paths[found[0]].get(method.lower()) if found else None
    return operation
