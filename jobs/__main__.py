"""The index of the jobs by capability: `python -m jobs`. `python -m jobs.<name> --help` describes one."""

import ast
import re
from pathlib import Path

ORDER = (
    "collection",
    "ingestion",
    "annotation",
    "profiles",
    "segments",
    "trends",
    "topics",
    "alerts",
    "influence",
    "tickets",
    "privacy",
    "operations",
    "serving",
    "training",
    "stack",
)
NOT_CAPABILITIES = ("sources", "sinks")


def capability_of(job: str, tree: ast.Module) -> str:
    """The package of the hop that has the job's name, else of the first of these packages that is imported."""
    found = []
    for node in ast.walk(tree):
        match = re.match(r"(?:pipelines|models)\.(\w+)|(serving|stack)", getattr(node, "module", None) or "")
        if isinstance(node, ast.ImportFrom) and match and match[1] not in NOT_CAPABILITIES:
            found.append((job not in [alias.name for alias in node.names], match[1] or match[2]))
    return min(found, key=lambda each: each[0])[1] if found else "operations"


def jobs_by_capability(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """{capability: [(job, docstring)]}, in the order of the index."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(folder.glob("[a-z]*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        found.setdefault(capability_of(file.stem, tree), []).append((file.stem, ast.get_docstring(tree) or ""))
    order = sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return {name: found[name] for name in order}


def build_index(folder: Path) -> str:
    """One block of lines per capability: the job's name and the first sentence of its docstring."""
    return "\n\n".join(
        "\n".join([capability, *(f"  {name:<22} {_summary(doc)}" for name, doc in jobs)])
        for capability, jobs in jobs_by_capability(folder).items()
    )


def _summary(doc: str) -> str:
    return re.split(r"[.;]\s| \(|\.$", doc)[0].replace("\n", " ")


if __name__ == "__main__":
    print(build_index(Path(__file__).parent))
    print("\n.venv/bin/python -m jobs.<name> --help describes a job and its flags.")
