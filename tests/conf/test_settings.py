"""Settings: layers, refusals with their place, and secrets that never print."""

from pathlib import Path

import pytest

from conf.settings import load_settings
from runtime.errors import MissingPrerequisite, UsageError


def test_base_settings_load_and_point_into_one_home() -> None:
    settings = load_settings()
    assert settings.lake.path == str(settings.home / "lake")
    assert settings.tracking.uri.endswith("/mlflow/mlflow.db")


def test_the_environment_wins_over_an_overlay_and_the_overlay_over_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = tmp_path / "ours.yaml"
    overlay.write_text("kafka: {partitions: 8, timeout_seconds: 9}\n")
    monkeypatch.setenv("BRANDPULSE__KAFKA__PARTITIONS", "16")
    settings = load_settings(str(overlay))
    assert (settings.kafka.partitions, settings.kafka.timeout_seconds) == (16, 9)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("kafka: {partitons: 8}", "kafka.partitons"),
        ("kafka: {partitions: many}", "kafka.partitions"),
        ("kafka: 7", "kafka"),
        ("lake: nowhere", "lake"),
        ("colour: blue", "colour"),
        ("x: {base_url: api.x.com}", "x.base_url: 'api.x.com' is no address such as https"),
        ("x: {base_url: 'ftp://api.x.com'}", "x.base_url: .* is no address"),
        ("x: {base_url: 'https://me:pw@x.example'}", "x.base_url: an address must not contain a user or a password"),
        ("x: {max_rules: 0}", "x.max_rules"),
        (
            "segment_authors: {min_segments: 8, max_segments: 4}",
            "segment_authors: max_segments 4 is less than min_segments 8",
        ),
        ("segment_authors: {seed: -1}", "segment_authors.seed: .* greater than or equal to 0"),
        ("segment_authors: {seed: 4294967296}", "segment_authors.seed: .* less than 2147483648"),
        ("[1, 2]", "ours.yaml"),
        ("a: [", "ours.yaml"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    overlay = tmp_path / "ours.yaml"
    overlay.write_text(text)
    with pytest.raises(UsageError, match=place):
        load_settings(str(overlay))


def test_an_overlay_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="--env nowhere"):
        load_settings("nowhere")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().__setattr__("home", Path("/"))


def test_a_secret_does_not_print_and_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE_AUTHOR_KEY", "hush-hush")
    settings = load_settings()
    assert "hush-hush" not in repr(settings)
    assert settings.secrets.required("author_key") == "hush-hush"
    monkeypatch.delenv("BRANDPULSE_AUTHOR_KEY")
    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_AUTHOR_KEY"):
        load_settings().secrets.required("author_key")


def test_without_a_stack_the_embedded_address_says_how_to_start_one(tmp_path: Path) -> None:
    settings = load_settings(overrides={"stack_home": str(tmp_path)})
    with pytest.raises(MissingPrerequisite, match="stack up"):
        settings.endpoint("kafka")
    (tmp_path / "state.json").write_text('{"kafka": {"bootstrap_servers": "127.0.0.1:1"}}')
    assert settings.endpoint("kafka") == "127.0.0.1:1"


def test_a_missing_credential_of_x_is_named_with_the_portal_that_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE_X_BEARER_TOKEN", "")
    with pytest.raises(MissingPrerequisite, match=r"BRANDPULSE_X_BEARER_TOKEN is not set .*https://developer.x.com"):
        load_settings().secrets.required("x_bearer_token")


def test_all_secrets_that_are_set_are_known_to_whoever_must_hide_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE_X_ACCESS_TOKEN_SECRET", "hush")
    monkeypatch.setenv("BRANDPULSE_KAFKA_PASSWORD", "")
    known = load_settings().secrets.known()
    assert "hush" in known and "" not in known


def test_the_slash_at_the_end_of_an_address_is_dropped() -> None:
    assert load_settings(overrides={"x": {"base_url": "http://127.0.0.1:8080/"}}).x.base_url == "http://127.0.0.1:8080"
