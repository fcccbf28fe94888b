"""The packages of setup.py, and the zip that spark-submit ships."""

import runpy
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.packaging import ROOT, build_zip, shipped_packages


def a_project(root: Path) -> Path:
    """A job imports pipelines, and through it models and conf; another one imports the stack."""
    files = {
        "jobs/__init__.py": "",
        "jobs/a_job.py": "from pipelines import a_hop",
        "jobs/demo.py": "from stack import demo",
        "pipelines/__init__.py": "",
        "pipelines/a_hop.py": "import conf.settings\nfrom models.moods import load",
        "models/__init__.py": "",
        "models/pretrained/mood/assets/vocab.txt": "good",
        "conf/__init__.py": "",
        "conf/base.yaml": "{}",
        "conf/__pycache__/base.pyc": "",
        "stack/__init__.py": "import generator",
        "generator/__init__.py": "",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_the_zip_holds_code_and_data_but_no_caches(tmp_path: Path) -> None:
    count = build_zip(a_project(tmp_path), tmp_path / "dist/it.zip")
    files = {name for name in zipfile.ZipFile(tmp_path / "dist/it.zip").namelist() if not name.endswith("/")}
    assert files == {
        "conf/__init__.py",
        "conf/base.yaml",
        "models/__init__.py",
        "models/pretrained/mood/assets/vocab.txt",
        "pipelines/__init__.py",
        "pipelines/a_hop.py",
    }
    assert count == len(files)
    assert [path.name for path in (tmp_path / "dist").iterdir()] == ["it.zip"]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    build_zip(root, tmp_path / "dist/one.zip")
    (root / "conf/base.yaml").touch()
    build_zip(root, tmp_path / "dist/two.zip")
    assert (tmp_path / "dist/one.zip").read_bytes() == (tmp_path / "dist/two.zip").read_bytes()


def test_settings_and_resources_are_read_out_of_the_zip_from_another_folder(tmp_path: Path) -> None:
    target = tmp_path / "it.zip"
    build_zip(ROOT, target)
    code = (
        "from conf.settings import load_settings; from runtime.resources import PACKAGED, read_resource;"
        "print(PACKAGED, load_settings().spark.master, len(read_resource('conf/jars.xml')) > 1000)"
    )
    python = [sys.executable, "-c", code]
    zipped = {"PYTHONPATH": str(target)}
    done = subprocess.run(python, cwd=tmp_path, env=zipped, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "local[3]", "True"], done.stderr


def test_every_package_of_the_zip_is_there() -> None:
    packages = shipped_packages(ROOT)
    assert {"conf", "models", "pipelines", "runtime"} <= set(packages)
    assert all((ROOT / package / "__init__.py").exists() for package in packages)


def test_a_package_that_a_job_begins_to_import_is_shipped(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    assert shipped_packages(root) == ["conf", "models", "pipelines"]
    (root / "models/moods.py").write_text("import generator.moods")
    assert shipped_packages(root) == ["conf", "generator", "models", "pipelines"]


def test_setup_installs_every_tracked_package_but_the_tests() -> None:
    command = ["git", "ls-files", "*/__init__.py"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    packages = {file.removesuffix("/__init__.py").replace("/", ".") for file in tracked}
    installed = runpy.run_path(str(ROOT / "setup.py"))["PACKAGES"]
    assert set(installed) == {name for name in packages if name.split(".")[0] != "tests"}
