"""Django's settings from ours: the secret key, and what serving imports."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from conf.settings import Secrets, load_settings
from runtime.resources import PROJECT
from serving.secret_key import secret_key
from serving.settings import build


def test_the_secret_key_is_generated_once(tmp_path: Path) -> None:
    settings = load_settings(overrides={"home": str(tmp_path)})
    with ThreadPoolExecutor(8) as pool:
        (key,) = set(pool.map(secret_key, [settings] * 8))
    assert len(key) > 50
    assert [file.name for file in (tmp_path / "serving").iterdir()] == ["secret_key"]


def test_the_environments_secret_key_comes_first(tmp_path: Path) -> None:
    given = Secrets(django_secret_key=SecretStr("from the environment"))
    settings = load_settings(overrides={"home": str(tmp_path)}).model_copy(update={"secrets": given})
    assert secret_key(settings) == "from the environment"
    assert not (tmp_path / "serving").exists()


def test_a_database_url_is_postgresql(tmp_path: Path) -> None:
    url = "postgresql://ann%40x@db.example:5433/accounts"
    secrets = Secrets(database_password=SecretStr("a secret"), django_secret_key=SecretStr("another"))
    settings = load_settings(overrides={"home": str(tmp_path), "serving": {"database_url": url}})
    database = build(settings.model_copy(update={"secrets": secrets}))["DATABASES"]["default"]
    assert [database[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("ann@x", "a secret", "db.example", 5433, "accounts")
    ]


def test_serving_needs_no_spark(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom conf.settings import load_settings\nfrom serving.settings import set_up\n"
        f"set_up(load_settings(overrides={{'home': {str(tmp_path)!r}}}))\n"
        "import serving.urls, serving.wsgi\n"
        "print(sorted({'pyspark', 'py4j', 'pandas', 'mlflow'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
