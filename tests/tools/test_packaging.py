"""The zip that spark-submit ships."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tools.packaging import PACKAGES, ROOT, build_zip


def a_project(root: Path) -> Path:
    for name in ("conf/__init__.py", "conf/base.yaml", "models/pretrained/mood/assets/vocab.txt", "pipelines/a_hop.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "conf/__pycache__").mkdir()
    (root / "conf/__pycache__/base.pyc").write_bytes(b"")
    (root / "jobs").mkdir()
    return root


def test_the_zip_holds_code_and_data_but_no_caches(tmp_path: Path) -> None:
    count = build_zip(a_project(tmp_path), tmp_path / "dist/it.zip")
    files = {name for name in zipfile.ZipFile(tmp_path / "dist/it.zip").namelist() if not name.endswith("/")}
    assert files == {
        "conf/__init__.py",
        "conf/base.yaml",
        "models/pretrained/mood/assets/vocab.txt",
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
    assert done.stdout.split() == ["True", "local[2]", "True"], done.stderr


def test_every_package_of_the_zip_is_there() -> None:
    assert all((ROOT / package / "__init__.py").exists() for package in PACKAGES)
