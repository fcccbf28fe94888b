"""The architecture, enforced: floors, thin jobs, doors, tables, names. Each rule is shown a violation, too."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conf.tables import TABLES, Table
from runtime.resources import PROJECT

Rule = Callable[[str, ast.Module], list[str]]
CODE = ("runtime", "conf", "pipelines", "models", "jobs", "tools", "stack", "generator", "benchmarks")
FLOORS = {
    "runtime": 0,
    "conf": 1,
    "pipelines/sources": 2,
    "pipelines/sinks": 2,
    "models": 2,
    "pipelines": 3,
    "serving": 4,
    "jobs": 5,
}
# Rooms beside the floors, and what they may import of the project.
BESIDE = {"stack": {"runtime", "conf"}, "generator": {"runtime", "conf"}, "tools": {"runtime"}}
TOUCHING = {"DeltaTable", "KafkaProducer", "KafkaConsumer", "KafkaAdminClient", "MongoClient"}
LAYERS = r"(bronze|silver|gold|restricted)\.[a-z]+(_[a-z]+)*s?"


def room(path: str) -> str:
    """`pipelines/sinks/lake.py` -> `pipelines/sinks`; `models/training/data.py` -> `models`."""
    parts = path.split("/")
    nested = "/".join(parts[:2])
    return nested if nested in FLOORS else parts[0]


def imported(tree: ast.Module) -> Iterator[str]:
    """Paths of everything imported, as `pipelines/sinks/lake`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}".replace(".", "/") for alias in node.names)


def last_line(tree: ast.Module) -> int:
    return max((node.end_lineno or 0 for node in tree.body), default=0)


def imports_go_down(path: str, tree: ast.Module) -> list[str]:
    here = room(path)
    wrong = []
    for name in imported(tree):
        there = room(name)
        if here in BESIDE:
            if there in FLOORS and there not in BESIDE[here]:
                wrong.append(f"{path} imports {name}: {here} stands beside the floors")
        elif here in FLOORS and there in FLOORS and there != here and FLOORS[there] >= FLOORS[here]:
            wrong.append(f"{path} imports {name}: not a lower floor")
        elif here == there == "pipelines":
            wrong.append(f"{path} imports {name}: hops meet in a table")
    return wrong


def jobs_are_thin(path: str, tree: ast.Module) -> list[str]:
    if room(path) != "jobs" or path.endswith("__init__.py"):
        return []
    branches = [
        node for node in ast.walk(tree) if isinstance(node, ast.If | ast.IfExp | ast.Match | ast.For | ast.While)
    ]
    guards = [node for node in tree.body if isinstance(node, ast.If) and "__name__" in ast.dump(node.test)]
    wrong = [f"{path}:{node.lineno} holds logic" for node in branches if node not in guards]
    return wrong + ([f"{path} is over 40 lines"] if last_line(tree) > 40 else [])


def only_doors_touch_the_outside(path: str, tree: ast.Module) -> list[str]:
    if room(path) in ("pipelines/sources", "pipelines/sinks", "stack", "benchmarks", "generator"):
        return []
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            is_door = node.attr in ("readStream", "writeStream") or (
                node.attr in ("read", "write") and id(node) not in called
            )
            if is_door:
                wrong.append(f"{path}:{node.lineno} uses .{node.attr} outside sources and sinks")
    wrong += [f"{path} imports {name}" for name in imported(tree) if name.split("/")[-1] in TOUCHING]
    return wrong


def files_are_short_and_well_named(path: str, tree: ast.Module) -> list[str]:
    stem = Path(path).stem
    wrong = []
    if stem in sys.stdlib_module_names:
        wrong.append(f"{path} is named after a standard module")
    if room(path) == "pipelines" and stem != "__init__" and not re.fullmatch(r"[a-z]+(_[a-z]+)+", stem):
        wrong.append(f"{path} is not named verb_object")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 45:
            wrong.append(f"{path}:{node.lineno} {node.name} is over 45 lines")
    return wrong + ([f"{path} is over 250 lines"] if last_line(tree) > 250 else [])


def streams_skip_no_commits(path: str, tree: ast.Module) -> list[str]:
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == "skipChangeCommits"]
    return [f"{path}:{node.lineno} skips change commits" for node in texts]


RULES: tuple[Rule, ...] = (
    imports_go_down,
    jobs_are_thin,
    only_doors_touch_the_outside,
    files_are_short_and_well_named,
    streams_skip_no_commits,
)
PLANTED: tuple[tuple[Rule, str, str], ...] = (
    (imports_go_down, "conf/a.py", "from models.annotation.annotator import load_annotator"),
    (imports_go_down, "models/a.py", "from pipelines.sinks.lake import append_rows"),
    (imports_go_down, "pipelines/sources/a.py", "from pipelines.sinks import lake"),
    (imports_go_down, "pipelines/profiles/a_hop.py", "from pipelines.ingestion.land_tweets import start"),
    (imports_go_down, "pipelines/a_hop.py", "import jobs.stream_tweets"),
    (imports_go_down, "stack/a.py", "from pipelines.ingestion import land_tweets"),
    (jobs_are_thin, "jobs/a.py", "def main():\n    if True:\n        pass"),
    (jobs_are_thin, "jobs/a.py", "\n".join(f"a{n} = {n}" for n in range(41))),
    (only_doors_touch_the_outside, "pipelines/a_hop.py", "def run(spark): return spark.read.format('delta')"),
    (only_doors_touch_the_outside, "models/a.py", "def run(df): df.writeStream.start()"),
    (only_doors_touch_the_outside, "models/a.py", "from pymongo import MongoClient"),
    (files_are_short_and_well_named, "models/profile.py", ""),
    (files_are_short_and_well_named, "pipelines/tweets.py", ""),
    (files_are_short_and_well_named, "models/a.py", "def f():\n" + "    a = 1\n" * 60),
    (files_are_short_and_well_named, "models/a.py", "a = 1\n" * 260),
    (streams_skip_no_commits, "models/a.py", "option = 'skipChangeCommits'"),
)


def sources() -> list[tuple[str, ast.Module]]:
    files = [file for folder in CODE for file in sorted((PROJECT / folder).rglob("*.py"))]
    return [(file.relative_to(PROJECT).as_posix(), ast.parse(file.read_text("utf-8"))) for file in files]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert [line for path, tree in sources() for line in rule(path, tree)] == []


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_the_rule_sees_a_planted_violation(rule: Rule, path: str, source: str) -> None:
    assert rule(path, ast.parse(source))


def faults_of(name: str, table: Table) -> list[str]:
    """What the map leaves open about a table."""
    faults = [f"{name} has no {field}" for field in ("key", "zone", "erasure") if not getattr(table, field)]
    faults += [] if table.retention_days > 0 else [f"{name} has no retention"]
    faults += [] if re.fullmatch(LAYERS, name) else [f"{name} is not layer.plural_nouns"]
    columns = table.schema.fieldNames()
    return faults + [
        f"{name} has no column {column}" for column in (*table.key, *table.cluster_by) if column not in columns
    ]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_zone_a_retention_and_a_way_to_be_erased(name: str) -> None:
    assert faults_of(name, TABLES[name]) == []


@pytest.mark.parametrize("empty", [{"zone": ""}, {"retention_days": 0}, {"erasure": ""}, {"key": ("absent",)}])
def test_a_table_that_leaves_a_place_empty_is_seen(empty: dict[str, object]) -> None:
    known = TABLES["silver.tweets"]
    fields = {name: getattr(known, name) for name in known.__dataclass_fields__}
    assert faults_of("silver.tweets", Table(**(fields | empty)))


def test_importing_a_file_starts_nothing() -> None:
    modules = [
        path.removesuffix(".py").replace("/", ".")
        for path, _ in sources()
        if not path.endswith(("__main__.py", "__init__.py"))
        and "training" not in path
        and not path.startswith("benchmarks")
    ]
    script = (
        f"import importlib, threading\nfor name in {modules!r}: importlib.import_module(name)\n"
        "from pyspark import SparkContext\nimport psutil\n"
        "assert SparkContext._active_spark_context is None\n"
        "assert not psutil.Process().children()\nassert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
