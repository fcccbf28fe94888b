"""The architecture, enforced: layers, cycles, thin jobs, what touches the outside, tables, names, sizes.

Each rule is also shown a planted violation.
"""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from setuptools import find_packages

from conf.tables import TABLES, Table
from runtime.resources import PROJECT
from tests.groups import imported_names

Rule = Callable[[str, ast.Module], list[str]]
LAYERS = {
    "runtime": 0,
    "conf": 1,
    "pipelines/sources": 2,
    "pipelines/sinks": 2,
    "models": 2,
    "pipelines": 3,
    "serving": 4,
    "jobs": 5,
}
# Packages beside the layers, and what they may import of the project.
BESIDE = {
    "stack": {"runtime", "conf", "generator"},
    "generator": {"runtime", "conf"},
    "tools": {"runtime"},
    "tools/docs": {"runtime", "conf", "jobs"},
}
MOST_FILES = 15
TOUCHING = {"DeltaTable", "KafkaProducer", "KafkaConsumer", "KafkaAdminClient", "MongoClient"}
TABLE_NAME = r"(bronze|silver|gold|restricted|ops)\.[a-z]+(_[a-z]+)*s?"
AGED = {name for name, table in TABLES.items() if table.aged_by}


def package(path: str) -> str:
    """`pipelines/sinks/lake.py` -> `pipelines/sinks`; `models/training/data.py` -> `models`."""
    parts = path.split("/")
    nested = "/".join(parts[:2])
    return nested if nested in LAYERS or nested in BESIDE else parts[0]


def imported(tree: ast.Module) -> Iterator[str]:
    """Paths of everything imported, as `pipelines/sinks/lake`."""
    return (name.replace(".", "/") for name in imported_names(tree))


def last_line(tree: ast.Module) -> int:
    return max((node.end_lineno or 0 for node in tree.body), default=0)


def imports_go_down(path: str, tree: ast.Module) -> list[str]:
    here = package(path)
    wrong = []
    for name in imported(tree):
        there = package(name)
        if here in BESIDE:
            if (there in LAYERS or there in BESIDE) and there not in {here, *BESIDE[here]}:
                wrong.append(f"{path} imports {name}: {here} stands beside the layers")
        elif here in LAYERS and there in BESIDE and (here, there) != ("jobs", "stack"):
            wrong.append(f"{path} imports {name}: {there} stands beside the layers")
        elif (here, there) == ("pipelines/sinks", "pipelines/sources"):
            continue
        elif here in LAYERS and there in LAYERS and there != here and LAYERS[there] >= LAYERS[here]:
            wrong.append(f"{path} imports {name}: not a lower layer")
        elif here == there == "pipelines":
            wrong.append(f"{path} imports {name}: hops meet in a table")
    return wrong


def jobs_are_thin(path: str, tree: ast.Module) -> list[str]:
    """At most 40 lines; no loop, no branch inside a branch, no table of functions in the place of a branch."""
    if package(path) != "jobs" or path.endswith(("__init__.py", "__main__.py")):
        return []
    looping = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match, ast.Lambda)
    wrong = [f"{path}:{node.lineno} has logic" for node in ast.walk(tree) if isinstance(node, looping)]
    branches = (node for node in ast.walk(tree) if isinstance(node, ast.If | ast.IfExp))
    for branch in branches:
        inner = [node for node in ast.walk(branch) if isinstance(node, ast.If | ast.IfExp) and node is not branch]
        wrong += [f"{path}:{node.lineno} is a nested branch" for node in inner]
    chosen = (node.value for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    wrong += [f"{path}:{node.lineno} chooses from a literal" for node in chosen if isinstance(node, ast.Dict)]
    return wrong + ([f"{path} is over 40 lines"] if last_line(tree) > 40 else [])


def only_sources_and_sinks_touch_the_outside(path: str, tree: ast.Module) -> list[str]:
    if package(path) in ("pipelines/sources", "pipelines/sinks", "stack", "benchmarks", "generator"):
        return []
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            touches = node.attr in ("readStream", "writeStream") or (
                node.attr in ("read", "write") and id(node) not in called
            )
            if touches:
                wrong.append(f"{path}:{node.lineno} uses .{node.attr} outside sources and sinks")
    wrong += [f"{path} imports {name}" for name in imported(tree) if name.split("/")[-1] in TOUCHING]
    return wrong


def only_tracking_knows_mlflow(path: str, tree: ast.Module) -> list[str]:
    if path == "models/tracking.py" or package(path) not in LAYERS:
        return []
    return [f"{path} imports {name}" for name in imported(tree) if name.split("/")[0] == "mlflow"]


def files_are_short_and_well_named(path: str, tree: ast.Module) -> list[str]:
    stem = Path(path).stem
    wrong = []
    if stem in sys.stdlib_module_names:
        wrong.append(f"{path} is named after a standard module")
    if package(path) == "pipelines" and stem != "__init__" and not re.fullmatch(r"[a-z]+(_[a-z]+)+", stem):
        wrong.append(f"{path} is not named verb_object")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 45:
            wrong.append(f"{path}:{node.lineno} {node.name} is over 45 lines")
    is_generated = "/migrations/" in path
    return wrong + ([f"{path} is over 250 lines"] if last_line(tree) > 250 and not is_generated else [])


def streams_skip_no_commits(path: str, tree: ast.Module) -> list[str]:
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == "skipChangeCommits"]
    return [f"{path}:{node.lineno} skips change commits" for node in texts]


def joins_name_how(path: str, tree: ast.Module) -> list[str]:
    """A join of frames has two arguments or more; `str.join` has one."""
    joins = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    ]
    unnamed = (node for node in joins if len(node.args) > 1 and "how" not in [each.arg for each in node.keywords])
    return [f"{path}:{node.lineno} joins without how=" for node in unnamed if package(path) in LAYERS]


RULES: tuple[Rule, ...] = (
    imports_go_down,
    jobs_are_thin,
    only_sources_and_sinks_touch_the_outside,
    only_tracking_knows_mlflow,
    files_are_short_and_well_named,
    streams_skip_no_commits,
    joins_name_how,
)
PLANTED: tuple[tuple[Rule, str, str], ...] = (
    (imports_go_down, "runtime/a.py", "from conf.settings import Settings"),
    (imports_go_down, "conf/a.py", "from models.annotation.annotator import load_annotator"),
    (imports_go_down, "models/a.py", "from pipelines.sinks.lake import append_rows"),
    (imports_go_down, "models/a.py", "from tools.install import ROOT"),
    (imports_go_down, "pipelines/sources/a.py", "from pipelines.sinks import lake"),
    (imports_go_down, "pipelines/sinks/a.py", "from models.privacy import anonymity"),
    (imports_go_down, "pipelines/profiles/a_hop.py", "from pipelines.ingestion.land_tweets import start"),
    (imports_go_down, "pipelines/profiles/a_hop.py", "from pipelines.profiles import publish_authors"),
    (imports_go_down, "pipelines/profiles/a_hop.py", "import jobs.stream_tweets"),
    (imports_go_down, "serving/a.py", "import jobs.stream_tweets"),
    (imports_go_down, "stack/a.py", "from pipelines.ingestion import land_tweets"),
    (imports_go_down, "tools/a.py", "from conf.settings import Settings"),
    (imports_go_down, "tools/a.py", "from tools.docs.markdown import table"),
    (imports_go_down, "tools/docs/a.py", "from models.metrics import psi"),
    (jobs_are_thin, "jobs/a.py", "def main():\n    for one in (1, 2):\n        pass"),
    (jobs_are_thin, "jobs/a.py", "def main(a, b):\n    if a:\n        if b:\n            pass"),
    (jobs_are_thin, "jobs/a.py", "def main(a):\n    {True: print, False: len}[a]('x')"),
    (jobs_are_thin, "jobs/a.py", "run = lambda a: a"),
    (jobs_are_thin, "jobs/a.py", "\n".join(f"a{n} = {n}" for n in range(41))),
    (only_sources_and_sinks_touch_the_outside, "pipelines/a_hop.py", "def run(a): return a.read.format('delta')"),
    (only_sources_and_sinks_touch_the_outside, "models/a.py", "def run(df): df.writeStream.start()"),
    (only_sources_and_sinks_touch_the_outside, "models/a.py", "from pymongo import MongoClient"),
    (only_tracking_knows_mlflow, "models/segments/a.py", "import mlflow"),
    (files_are_short_and_well_named, "models/profile.py", ""),
    (files_are_short_and_well_named, "pipelines/profiles/tweets.py", ""),
    (files_are_short_and_well_named, "models/a.py", "def f():\n" + "    a = 1\n" * 60),
    (files_are_short_and_well_named, "models/a.py", "a = 1\n" * 260),
    (streams_skip_no_commits, "models/a.py", "option = 'skipChangeCommits'"),
    (joins_name_how, "models/a.py", "a.join(b, ['key'], 'left')"),
)


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=PROJECT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (PROJECT / name).exists()]


def product_files() -> list[str]:
    return [name for name in tracked("*/*.py") if not name.startswith("tests/")]


def sources() -> list[tuple[str, ast.Module]]:
    return [(name, ast.parse((PROJECT / name).read_text("utf-8"))) for name in product_files()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert [line for path, tree in sources() for line in rule(path, tree)] == []


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_the_rule_sees_a_planted_violation(rule: Rule, path: str, source: str) -> None:
    assert rule(path, ast.parse(source))


def module_of(name: str) -> str:
    return name.removesuffix("/__init__.py").removesuffix(".py")


def find_cycle(imports: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def imports_between(key: Callable[[str], str]) -> dict[str, set[str]]:
    """What imports what, by `key` of the module's path."""
    modules = {module_of(path) for path, _ in sources()}
    edges: dict[str, set[str]] = {}
    for path, tree in sources():
        named = [name if name in modules else name.rpartition("/")[0] for name in imported(tree)]
        known = {key(name) for name in named if name in modules}
        edges.setdefault(key(module_of(path)), set()).update(known - {key(module_of(path))})
    return edges


def test_no_module_imports_itself_through_others() -> None:
    assert find_cycle(imports_between(lambda name: name)) == []


def test_capabilities_of_the_models_import_one_another_without_a_cycle() -> None:
    edges = imports_between(lambda name: "/".join(name.split("/")[:2]) if name.startswith("models/") else "")
    assert find_cycle({here: there - {""} for here, there in edges.items() if here}) == []


def test_a_cycle_is_seen() -> None:
    assert find_cycle({"models/a": {"models/b"}, "models/b": {"models/a"}})


def crowded(files: list[str]) -> list[str]:
    counts = Counter(name.rpartition("/")[0] for name in files if not name.endswith("__init__.py"))
    limited = ("pipelines", "models", "conf", "runtime")
    return sorted(folder for folder, count in counts.items() if folder.split("/")[0] in limited and count > MOST_FILES)


def test_no_package_is_crowded() -> None:
    assert crowded(product_files()) == []
    assert crowded([f"models/a/b{number}.py" for number in range(MOST_FILES + 1)]) == ["models/a"]


def test_every_capability_has_one_name_on_all_layers() -> None:
    """A folder of models that answers for a capability has the name of its hops."""
    folders = {tuple(name.split("/")[:2]) for name in product_files() if name.count("/") > 1}
    hops = {name for top, name in folders if top == "pipelines"}
    assert {name for top, name in folders if top == "models"} - hops == {"training"}


def test_every_package_is_installed() -> None:
    tracked_packages = {name.rpartition("/")[0].replace("/", ".") for name in tracked("*/__init__.py")}
    folders = {name.rpartition("/")[0].replace("/", ".") for name in product_files()}
    assert tracked_packages == folders, "a folder with code has no __init__.py, or the other way round"
    assert set(find_packages(str(PROJECT), exclude=["tests*"])) == tracked_packages


def faults_of(name: str, table: Table) -> list[str]:
    """What the map leaves open about a table."""
    faults = [f"{name} has no {field}" for field in ("key", "zone", "erasure") if not getattr(table, field)]
    faults += [] if table.retention_days > 0 else [f"{name} has no retention"]
    faults += [] if re.fullmatch(TABLE_NAME, name) else [f"{name} is not layer.plural_nouns"]
    ways = [table.aged_by, table.follows, table.kept_because]
    faults += [] if sum(map(bool, ways)) == 1 else [f"{name} has no way to age, or several"]
    faults += [f"{name} follows {table.follows}, which has no age"] if table.follows not in ("", *AGED) else []
    columns = table.schema.fieldNames()
    named = (*table.key, *table.cluster_by, *filter(None, [table.aged_by]))
    return faults + [f"{name} has no column {column}" for column in named if column not in columns]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_zone_a_retention_and_a_way_to_be_erased(name: str) -> None:
    assert faults_of(name, TABLES[name]) == []


@pytest.mark.parametrize(
    "empty",
    [
        *({"zone": ""}, {"retention_days": 0}, {"erasure": ""}, {"key": ("absent",)}),
        *({"aged_by": ""}, {"aged_by": "absent"}, {"follows": "silver.rejected_tweets"}),
        {"aged_by": "", "follows": "gold.segments"},
    ],
)
def test_a_table_that_leaves_a_place_empty_is_seen(empty: dict[str, object]) -> None:
    known = TABLES["silver.tweets"]
    fields = {name: getattr(known, name) for name in known.__dataclass_fields__}
    assert faults_of("silver.tweets", Table(**(fields | empty)))


def test_importing_a_file_starts_nothing(tmp_path: Path) -> None:
    modules = [
        module_of(path).replace("/", ".")
        for path, _ in sources()
        if not path.endswith("__main__.py") and "training" not in path and not path.startswith("benchmarks")
    ]
    script = (
        "from conf.settings import load_settings\nfrom serving.settings import set_up\n"
        f"set_up(load_settings(overrides={{'home': {str(tmp_path)!r}}}))\n"  # without it there are no models
        f"import importlib, threading\nfor name in {modules!r}: importlib.import_module(name)\n"
        "from pyspark import SparkContext\nimport psutil\n"
        "assert SparkContext._active_spark_context is None\n"
        "assert not psutil.Process().children()\nassert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
