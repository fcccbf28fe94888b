"""Write the locks (`make lock`): the requirements in setup.py and conf/jars_roots.xml as exact versions and sums.

Writes requirements*.lock, conf/jars.xml and conf/jars.sha256. Needs the network. Locked versions are kept unless
`--upgrade` is given.
"""

from __future__ import annotations

import argparse
import hashlib
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from runtime.errors import JobError
from tools.install import ROOT, find_java
from tools.jars import find_ivy
from tools.packages import BUILD_LOCK, LOCKS, UV_LOCK
from tools.steps import run_step

BUILD_TOOLS = ["pip", "setuptools", "wheel"]
UV = ["uv>=0.13,<1"]
FLAT_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by `make lock` from jars_roots.xml: every jar of every classpath. Nothing is left to resolve. -->
"""
SUMS_HEADER = "# Made by `make lock`: sha256, bytes, <classpath>/<file> in .cache/jars.\n"


def main() -> int:
    """Write all locks; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="upgrade to the newest versions that setup.py allows")
    options = parser.parse_args()
    try:
        lock_packages(ROOT, upgrade=options.upgrade)
        lock_jars(ROOT)
    except JobError as error:
        print(f"lock: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def lock_packages(root: Path, *, upgrade: bool) -> None:
    """Resolve the requirements of setup.py; each lock constrains the next, so that they agree."""
    lists = runpy.run_path(str(root / "setup.py"))
    base = lists["BASE"] + lists["EXTRAS"]["dev"]
    wanted = {BUILD_LOCK: BUILD_TOOLS, UV_LOCK: UV, LOCKS["base"]: base}
    wanted[LOCKS["train"]] = base + lists["EXTRAS"]["train"]
    done: list[str] = []
    for name, requirements in wanted.items():
        command = ["-q", "-", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "-o", name]
        command += [part for constraint in done for part in ("-c", constraint)] + ["--upgrade"] * upgrade
        lines = "\n".join(requirements)
        uv = [sys.executable, "-m", "uv", "pip", "compile", *command]
        if subprocess.run(uv, input=lines, text=True, cwd=root, check=False).returncode != 0:
            raise JobError(f"{name} could not be resolved: see the output above")
        done.append(name)
        print(f"lock: wrote {name}", file=sys.stderr)


def lock_jars(root: Path) -> None:
    """Resolve conf/jars_roots.xml transitively; write the flat list and the sums."""
    work = root / ".cache/lock"
    shutil.rmtree(work, ignore_errors=True)
    (work / "cache").mkdir(parents=True)
    confs = [conf.attrib["name"] for conf in ElementTree.parse(root / "conf/jars_roots.xml").iter("conf")]
    command = [find_java(), "-jar", find_ivy(root), "-ivy", root / "conf/jars_roots.xml", "-confs", *confs]
    command += ["-types", "jar", "bundle", "-cache", work / "cache"]
    command += ["-retrieve", f"{work}/jars/[conf]/[artifact]-[revision].[ext]"]

    def progress(output: str) -> str:
        return f"{output.count('found ')} found, {output.count('[SUCCESSFUL ]')} downloaded"

    with (work / "lock").open("w") as lock:
        run_step("jars", [str(part) for part in command], work / "ivy.log", progress, lock.fileno())
    rows = [row for conf in confs for row in _resolved(work / f"cache/brandpulse-jars-roots-{conf}.xml", conf)]
    (root / "conf/jars.xml").write_text(FLAT_HEADER + _flat(confs, rows), "utf-8")
    sums = [_sum_line(work / "jars" / conf / f"{name}-{revision}.jar", conf) for conf, _, name, revision in rows]
    (root / "conf/jars.sha256").write_text(SUMS_HEADER + "".join(sums), "utf-8")
    shutil.rmtree(work)
    print(f"lock: wrote {len(rows)} jars", file=sys.stderr)


def _resolved(report: Path, conf: str) -> list[tuple[str, str, str, str]]:
    """Return (configuration, organisation, name, revision) of every jar in Ivy's report."""
    rows = []
    for module in ElementTree.parse(report).iter("module"):
        for revision in module.iter("revision"):
            for artifact in revision.iter("artifact"):
                if artifact.attrib["name"] != module.attrib["name"]:
                    raise JobError(
                        f"{artifact.attrib['name']} has another name than its module, which jars.xml cannot express"
                    )
                rows.append((conf, module.attrib["organisation"], module.attrib["name"], revision.attrib["name"]))
    return sorted(rows)


def _flat(confs: list[str], rows: list[tuple[str, str, str, str]]) -> str:
    root = ElementTree.Element("ivy-module", version="2.0")
    ElementTree.SubElement(root, "info", organisation="brandpulse", module="jars")
    configurations = ElementTree.SubElement(root, "configurations")
    for conf in confs:
        ElementTree.SubElement(configurations, "conf", name=conf)
    dependencies = ElementTree.SubElement(root, "dependencies", defaultconfmapping="*->default")
    for conf, organisation, name, revision in rows:
        ElementTree.SubElement(
            dependencies, "dependency", org=organisation, name=name, rev=revision, conf=conf, transitive="false"
        )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _sum_line(path: Path, conf: str) -> str:
    content = path.read_bytes()
    return f"{hashlib.sha256(content).hexdigest()}  {len(content):>9}  {conf}/{path.name}\n"


if __name__ == "__main__":
    sys.exit(main())
