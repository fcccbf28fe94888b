"""What `make docs` writes: nothing is stale, and nothing is left without a meaning."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from benchmarks.results_table import BENCHMARKS, README, render_headlines, render_results
from conf.settings import Secrets, Settings
from conf.tables import TABLES
from jobs.__main__ import jobs_by_capability
from runtime.resources import PROJECT, read_resource
from tools.docs.__main__ import REFERENCE, documents
from tools.docs.jobs import render_jobs
from tools.docs.markdown import embed, escape
from tools.docs.settings import field_at, read_base, render_settings, type_of
from tools.docs.tables import ROWS, render_tables

WRITTEN = documents()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_generated_page_is_what_the_code_says(path: Path) -> None:
    assert path.read_text("utf-8") == WRITTEN[path], "run `make docs`"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert set(REFERENCE.iterdir()) == {path for path in WRITTEN if path.parent == REFERENCE}


@pytest.mark.parametrize(("path", "rendered"), [(README, render_headlines()), (BENCHMARKS, render_results())])
def test_a_changed_figure_is_seen(path: Path, rendered: str) -> None:
    page = path.read_text("utf-8")
    assert rendered in page
    changed = page.replace(rendered, rendered.replace("0.", "9."))
    assert changed != page
    assert embed(changed, rendered) == page


def test_a_page_without_the_place_for_its_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks"):
        embed("# Benchmarks", "")


def test_every_job_and_each_of_its_flags_is_described() -> None:
    page = render_jobs()
    names = [name for jobs in jobs_by_capability(PROJECT / "jobs").values() for name, _ in jobs]
    assert [name for name in names if f"\n### {name}\n" not in page] == []
    assert "| `--source archive\\|stream\\|search\\|mentions` | source of the tweets (default: archive) |" in page
    assert "| `--rate RATE` | maximum records per second (default: no limit); only with `--source` `archive` |" in page


def test_every_setting_has_a_default_a_type_and_a_meaning() -> None:
    settings = [setting for setting in read_base() if setting.default]
    assert [".".join(each.path) for each in settings if not each.meaning] == []
    assert {each.path for each in settings} == set(leaves(Settings, ())), "base.yaml has exactly the typed settings"
    base = yaml.safe_load(read_resource("conf/base.yaml"))
    for each in settings:
        value = base
        for key in each.path:
            value = value[key]
        assert yaml.safe_load(each.default) == value
    assert "| `segment_authors.smallest_segment` | whole number, ≥ 100 | `100` | at least 100," in render_settings()


def leaves(model: type[BaseModel], path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        if field.annotation is Secrets:
            continue
        nested = field.annotation if isinstance(field.annotation, type) else None
        is_section = nested is not None and issubclass(nested, BaseModel)
        found += leaves(nested, (*path, name)) if nested and is_section else [(*path, name)]
    return found


def test_types_are_words() -> None:
    assert type_of(field_at(("kafka", "sasl_username"))) == "text or null"
    assert type_of(field_at(("kafka", "partitions"))) == "whole number, > 0"
    assert type_of(field_at(("kafka", "sasl_mechanism"))).startswith("`PLAIN`, `SCRAM-SHA-256`")


def test_every_secret_has_a_meaning() -> None:
    assert [name for name, field in Secrets.model_fields.items() if not field.description] == []


def test_every_table_has_a_description_and_its_columns() -> None:
    assert set(ROWS) == set(TABLES)
    page = render_tables()
    assert "| `sentiment` | `struct<label:string,score:double" in page
    assert "kept permanently: erased data must not be re-ingested" in page


def test_markup_in_plain_text_is_escaped_but_not_in_code() -> None:
    assert escape("<home>/a|b and `<home>|*`") == r"\<home>/a\|b and `<home>|*`"
