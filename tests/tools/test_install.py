"""Set-up of a small project: two wheels, three jars, a folder as mirror, with the real pip, uv, Ivy and JDK.

The small `pyspark` wheel contains the real Ivy, so that set-up runs as it does for users.
"""

import ast
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.install import ROOT, check_python
from tools.jars import find_ivy, read_lock
from tools.packages import is_broken
from tools.steps import explain
from tools.uv import read_pip_settings, translate, was_interrupted

SOURCES = tuple(f"tools/{name}.py" for name in ("__init__", "install", "jars", "packages", "steps", "uv"))
SOURCES += ("runtime/__init__.py", "runtime/errors.py")
JARS = {"spark/alpha-1.0.jar": b"a" * 3_000_000, "spark/beta-2.1.jar": b"b" * 40_000, "kafka/alpha-1.2.jar": b"c" * 500}
PYTHON = str(Path(sys.base_prefix, "bin", "python3.11"))
UV = str(ROOT / ".venv/bin/uv")
NOWHERE = "http://127.0.0.1:9/"
DEADLINE_SECONDS = 240.0


class Project:
    """A copy of the installer with its own locks; `mirror` serves the jars, `wheels` the packages."""

    def __init__(self, root: Path) -> None:
        self.root, self.mirror, self.wheels = root / "project", root / "mirror", root / "wheels"
        (self.root / "conf").mkdir(parents=True)
        self.wheels.mkdir()
        for name in SOURCES:
            (self.root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        pyspark = a_wheel(self.wheels, "pyspark", {"pyspark/jars/ivy-2.5.1.jar": find_ivy(ROOT).read_bytes()})
        (self.root / "requirements-build.lock").write_text(a_wheel(self.wheels, "tool", {"tool.py": b""}))
        start_uv = f"import os, sys; os.execv({UV!r}, ['uv', *sys.argv[1:]])"
        uv = a_wheel(self.wheels, "uv", {"uv/__init__.py": b"", "uv/__main__.py": start_uv.encode()})
        (self.root / "requirements-uv.lock").write_text(uv)
        (self.root / "requirements.lock").write_text(pyspark)
        (self.root / "requirements-train.lock").write_text(pyspark)
        self.settings = self.write_settings("settings.xml", f"file://{self.mirror}/")
        self.serve(JARS)
        self.lock_jars()

    def write_settings(self, name: str, address: str) -> Path:
        resolver = f'<ibiblio name="mirror" m2compatible="true" usepoms="false" root="{address}"/>'
        text = f'<ivysettings><settings defaultResolver="mirror"/><resolvers>{resolver}</resolvers></ivysettings>'
        (self.root / name).write_text(text)
        return self.root / name

    def serve(self, contents: dict[str, bytes]) -> None:
        for path, content in contents.items():
            name, revision = Path(path).stem.split("-")
            file = self.mirror / f"org/example/{name}/{revision}/{name}-{revision}.jar"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def lock_jars(self) -> None:
        rows, sums = [], []
        for path, content in JARS.items():
            (conf, file), (name, revision) = path.split("/"), Path(path).stem.split("-")
            rows.append(
                f'<dependency org="org.example" name="{name}" rev="{revision}" conf="{conf}" transitive="false"/>'
            )
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {conf}/{file}\n")
        (self.root / "conf/jars.sha256").write_text("# a comment\n" + "".join(sums))
        (self.root / "conf/jars.xml").write_text(
            '<ivy-module version="2.0"><info organisation="example" module="jars"/><configurations>'
            '<conf name="spark"/><conf name="kafka"/></configurations><dependencies defaultconfmapping="*->default">'
            + "".join(rows)
            + "</dependencies></ivy-module>"
        )

    def start(self, settings: Path | None = None, python: str = PYTHON, **environment: str) -> subprocess.Popen[str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "UV_"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_CACHE_DIR": "1"}
        return subprocess.Popen(
            [python, "-S", "-m", "tools.install", "--ivy-settings", str(settings or self.settings)],
            cwd=self.root,
            env={**inherited, **pip, **environment},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, settings: Path | None = None, python: str = PYTHON, **environment: str) -> tuple[int, str]:
        process = self.start(settings, python, **environment)
        try:
            _, output = process.communicate(timeout=DEADLINE_SECONDS)
        finally:
            process.kill()
        return process.returncode, output

    def jar(self, path: str) -> Path:
        return self.root / ".cache/jars" / path

    def is_whole(self) -> bool:
        return all(self.jar(path).read_bytes() == content for path, content in JARS.items())


def a_wheel(folder: Path, name: str, files: dict[str, bytes]) -> str:
    """Write a wheel of version 1.0 and return its locked requirement."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sums = {path: base64.urlsafe_b64encode(hashlib.sha256(content).digest()) for path, content in files.items()}
    lines = [f"{path},sha256={sums[path].decode().rstrip('=')},{len(content)}\n" for path, content in files.items()]
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/RECORD", "".join(lines) + f"{info}/RECORD,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def a_java(folder: Path, version: str) -> Path:
    """Write a `java` that only prints its version; return its folder."""
    folder.mkdir()
    (folder / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    (folder / "java").chmod(0o755)
    return folder


def sentence(output: str) -> str:
    """Return the line of the failure, which must be the only one, without a traceback."""
    lines = [line for line in output.splitlines() if line.startswith("setup: ")]
    assert "Traceback" not in output
    assert len(lines) == 1, output
    return lines[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose first set-up was killed while it created the environment, and whose second succeeded."""
    project = Project(tmp_path_factory.mktemp("install"))
    first = project.start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (project.root / ".venv/bin/python").exists():
        assert time.monotonic() < deadline, "the environment was never started"
        assert first.poll() is None, first.communicate()
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert is_broken(project.root)
    code, output = project.run()
    assert code == 0, output
    return project


@pytest.fixture
def project(made: Project) -> Iterator[Project]:
    """The project after a successful set-up, before and after each test: running it again repairs what a test broke."""
    assert made.run()[0] == 0
    yield made
    made.serve(JARS)
    code, output = made.run()
    assert code == 0, output
    assert made.is_whole()


def test_a_killed_set_up_is_mended_by_the_next(made: Project) -> None:
    assert not is_broken(made.root)
    assert made.is_whole()
    assert find_ivy(made.root).exists()


def test_a_second_run_looks_and_leaves_everything_alone_without_a_network(project: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in (project.root / ".cache").rglob("*")}
    started = time.monotonic()
    code, output = project.run(project.write_settings("nowhere.xml", NOWHERE), PIP_INDEX_URL=NOWHERE)
    seconds = time.monotonic() - started
    print(f"a second run took {seconds:.2f} s")
    assert (code, output) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in (project.root / ".cache").rglob("*")} == before
    assert seconds < 10


def test_a_jar_that_went_bad_in_the_cache_is_fetched_again_and_alone(project: Project) -> None:
    bad = project.jar("spark/beta-2.1.jar")
    bad.write_bytes(b"x" * bad.stat().st_size)
    stray = project.jar("spark/gamma-9.jar")
    stray.write_bytes(b"of an older lock")
    assert project.run()[0] == 0
    assert project.is_whole()
    assert not stray.exists()
    assert "1 artifacts copied" in (project.root / ".cache/jars.log").read_text()


def test_a_broken_download_is_named_and_removed(project: Project) -> None:
    project.jar("spark/beta-2.1.jar").unlink()
    project.serve({"spark/beta-2.1.jar": b"<html>not a jar</html>"})
    code, output = project.run()
    assert code == 6
    assert "spark/beta-2.1.jar" in sentence(output)
    assert "sha256" in output
    assert not project.jar("spark/beta-2.1.jar").exists()
    assert not (project.root / ".cache/ivy").exists()


def test_jars_without_a_network_are_one_sentence(project: Project) -> None:
    project.jar("kafka/alpha-1.2.jar").unlink()
    code, output = project.run(project.write_settings("nowhere.xml", NOWHERE))
    assert code == 5
    assert "did not answer" in sentence(output)


@contextmanager
def an_index(folder: Path) -> Iterator[str]:
    """Serve `folder` as a package index: each package a folder of wheels. Yields its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def locked_too(project: Project, requirement: str) -> Iterator[None]:
    """Lock one more package while the block runs."""
    lock = project.root / "requirements.lock"
    good = lock.read_text()
    lock.write_text(good + requirement)
    yield
    lock.write_text(good)


def test_uv_installs_the_packages_from_the_index_that_pip_is_configured_with(project: Project, tmp_path: Path) -> None:
    (tmp_path / "mirrored").mkdir()
    requirement = a_wheel(tmp_path / "mirrored", "mirrored", {"mirrored.py": b""})
    with an_index(tmp_path) as address, locked_too(project, requirement):
        (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {NOWHERE}\n[install]\nindex-url = {address}\n")
        code, output = project.run(PIP_NO_INDEX="", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert code == 0, output
    assert "uv could not" not in output
    assert address not in output
    log = (project.root / ".venv/uv.log").read_text()
    assert "+ mirrored==1.0" in log
    assert not is_broken(project.root)


def test_pip_installs_what_uv_cannot_and_one_line_says_so(project: Project) -> None:
    with locked_too(project, a_wheel(project.wheels, "further", {"further.py": b""})):
        code, output = project.run(UV_CACHE_DIR="/dev/null/no-folder", PIP_NO_CACHE_DIR="")
    assert code == 0, output
    assert output.count("uv could not install them") == 1
    assert list(project.root.glob(".venv/lib/python*/site-packages/further.py"))


def test_uv_that_was_killed_while_it_installed_leaves_a_broken_environment(tmp_path: Path) -> None:
    log = tmp_path / "uv.log"
    assert not was_interrupted(log)
    for said, is_interrupted in {
        "Resolved 3 packages in 1ms\nPrepared 3 packages in 2ms\n": True,
        "Resolved 3 packages in 1ms\nPrepared 3 packages in 2ms\nInstalled 3 packages in 3ms\n": False,
        "Resolved 3 packages in 1ms\nerror: Failed to download `torch==1.0`\n": False,
        "Checked 3 packages in 3ms\n": False,
        "error: Failed to install: torch-1.0-py3-none-any.whl\n": True,
    }.items():
        log.write_text(said)
        assert was_interrupted(log) is is_interrupted, said


def test_settings_of_pip_become_those_of_uv(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\ncert = /a/file.pem\ntimeout = 60\nextra-index-url =\n  https://one.example\n  https://two.example\n"
        "[install]\ntrusted-host = one.example two.example\n[freeze]\nproxy = http://unused.example\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_TIMEOUT": "9", "PIP_RETRIES": ""}
    environment |= {"PIP_FIND_LINKS": "/a /b", "PIP_INDEX_URL": "https://user:word@three.example/simple"}
    settings = translate(read_pip_settings(Path(sys.executable), environment | {"HOME": str(tmp_path)}))
    assert settings == {
        "SSL_CERT_FILE": "/a/file.pem",
        "UV_DEFAULT_INDEX": "https://user:word@three.example/simple",
        "UV_EXTRA_INDEX_URL": "https://one.example https://two.example",
        "UV_FIND_LINKS": "/a,/b",
        "UV_HTTP_TIMEOUT": "9",
        "UV_INSECURE_HOST": "one.example two.example",
    }


def test_packages_without_a_network_are_one_sentence_and_spoil_nothing(project: Project) -> None:
    with locked_too(project, f"another==1.0 --hash=sha256:{'0' * 64}\n"):
        # An empty value is no value to pip: the index is asked again.
        code, output = project.run(PIP_NO_INDEX="", PIP_INDEX_URL=NOWHERE, PIP_RETRIES="1")
    assert code == 5, output
    assert "did not answer" in sentence(output)
    assert not is_broken(project.root)


def test_a_package_with_another_hash_is_refused(project: Project) -> None:
    a_wheel(project.wheels, "another", {"another.py": b""})
    with locked_too(project, f"another==1.0 --hash=sha256:{'0' * 64}\n"):
        code, output = project.run()
    assert code == 6, output
    assert "does not match the lock file" in sentence(output)


def test_two_at_once_do_the_work_once(project: Project) -> None:
    shutil.rmtree(project.root / ".cache/jars")
    both = [project.start(), project.start()]
    output = [process.communicate(timeout=DEADLINE_SECONDS)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], output
    assert "".join(output).count("jars: done") == 1
    assert project.is_whole()


def test_no_jdk_is_one_sentence(project: Project, tmp_path: Path) -> None:
    code, output = project.run(PATH=str(tmp_path), JAVA_HOME="")
    assert code == 3
    assert "no java on PATH" in sentence(output)
    assert "JAVA_HOME" in output


def test_a_java_home_without_java_is_one_sentence(project: Project, tmp_path: Path) -> None:
    code, output = project.run(JAVA_HOME=str(tmp_path))
    assert code == 3
    assert f"JAVA_HOME is {tmp_path}" in sentence(output)


def test_another_jdk_is_one_sentence_that_names_it(project: Project, tmp_path: Path) -> None:
    code, output = project.run(PATH=str(a_java(tmp_path / "bin", "11.0.2")), JAVA_HOME="")
    assert code == 3
    assert "JDK 17 is needed" in sentence(output)
    assert "version 11" in output


def test_a_java_without_its_compiler_is_one_sentence(project: Project, tmp_path: Path) -> None:
    code, output = project.run(PATH=str(a_java(tmp_path / "bin", "17.0.9")), JAVA_HOME="")
    assert code == 3
    assert "compiler" in sentence(output)


@pytest.mark.parametrize("version", [(3, 10), (3, 12), (4, 0)])
def test_another_python_is_refused_with_both_versions(version: tuple[int, int]) -> None:
    with pytest.raises(Exception, match=rf"Python 3\.11 is needed, this is {version[0]}\.{version[1]}"):
        check_python(version)


@pytest.mark.parametrize("name", SOURCES)
def test_an_older_python_can_parse_the_installer_to_say_that_it_is_too_old(name: str) -> None:
    ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 7))


def test_a_real_other_python_is_one_sentence(project: Project) -> None:
    others = [Path("/usr/bin/python3.9"), *Path.home().glob(".pyenv/versions/3.1[02-9]*/bin/python3")]
    found = next((path for path in others if path.exists()), None)
    if found is None:
        pytest.skip("no other Python on this machine")
    code, output = project.run(python=str(found))
    assert code == 3
    assert "Python 3.11 is needed" in sentence(output)


def test_a_full_disk_under_the_installer_is_one_sentence(project: Project) -> None:
    project.jar("kafka/alpha-1.2.jar").unlink()
    work = project.root / ".cache/missing.xml"
    work.symlink_to("/dev/full")
    code, output = project.run()
    work.unlink()
    assert code == 3
    assert "the disk is full" in sentence(output)


@pytest.mark.parametrize("folder", [".cache", ".venv"])
def test_a_full_disk_under_pip_or_ivy_is_one_sentence(project: Project, folder: str) -> None:
    script = f'mount -t tmpfs -o size=1m none {folder} && exec "$@"'
    mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*mounted, "true"], cwd=project.root, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    command = [*mounted, PYTHON, "-S", "-m", "tools.install", "--ivy-settings", str(project.settings)]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "the disk is full" in sentence(done.stderr)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", 3),
        ("Error: Command '['-m', 'ensurepip']' returned 1: ensurepip is not available", 3),
        ("WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'", 5),
        ("WARN: java.net.UnknownHostException: repository.example.org", 5),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 6),
        ("ERROR: something else", 1),
    ],
)
def test_what_pip_and_ivy_print_is_told_apart(output: str, code: int, tmp_path: Path) -> None:
    error = explain("packages", output, tmp_path / "pip.log")
    assert error.exit_code == code
    assert "\n" not in str(error)


def test_the_locks_agree_with_each_other_and_name_no_server() -> None:
    jars = {jar.path for jar in read_lock(ROOT / "conf/jars.sha256")}
    flat = (ROOT / "conf/jars.xml").read_text("utf-8")
    assert len(jars) == flat.count('transitive="false"')
    assert {path.split("/")[0] for path in jars} == {"spark", "kafka", "mongo", "web"}
    locks = [path.read_text("utf-8") for path in ROOT.glob("requirements*.lock")]
    assert len(locks) == 4
    assert not any("://" in text or "--index" in text for text in [*locks, flat])
