"""Names that outlive a process are frozen: streaming queries (their checkpoints), Delta transaction ids, topics.

Another name would read everything again, or write it twice: a change here is a migration.
"""

import ast
import json
from collections.abc import Iterator

import pytest

from conf.settings import load_settings
from runtime.resources import PROJECT

GOLDEN = PROJECT / "tests" / "golden" / "durable_names.json"
STARTERS = {"start_batches", "start_background_batches", "append_stream"}
Names = dict[str, set[str]]


def template(node: ast.expr) -> str | None:
    """A string as written; the parts that an f-string computes stand as {}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def find_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        given = [text for text in map(template, node.args) if text]
        apps = [template(each.value) for each in node.keywords if each.arg == "app"]
        yield from (("transaction_ids", text) for text in (*apps, *(given if called == "Batch" else ())) if text)
        yield from (("queries", text) for text in given if called in STARTERS and "." not in text)


def names_of(sources: list[str]) -> dict[str, list[str]]:
    found: Names = {"queries": set(), "transaction_ids": set()}
    for source in sources:
        for kind, name in find_names(ast.parse(source)):
            found[kind].add(name)
    kafka = load_settings().kafka
    return {kind: sorted(names) for kind, names in found.items()} | {
        "topics": sorted([kafka.tweets_topic, kafka.compliance_topic])
    }


def test_the_names_of_queries_transactions_and_topics_are_those_of_the_golden_file() -> None:
    files = sorted((PROJECT / "pipelines").rglob("*.py"))
    assert names_of([file.read_text("utf-8") for file in files]) == json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize(
    "source", ['Batch("other", 1)', 'Batch(f"{app}.other", 1)', 'write(rows, app="x")', 'start_batches(df, s, "x", w)']
)
def test_another_name_is_seen(source: str) -> None:
    assert names_of([source]) != names_of([""])
