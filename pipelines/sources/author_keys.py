"""The secrets of the author keys, checked against the lake: its keys must have been made with the same secrets."""

from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.sources.pipeline_state import read_key_state
from runtime.errors import CheckFailed
from runtime.key_chain import fingerprint

_ADVICE = "stop the stream and run jobs.rotate_author_key"


def read_secrets(spark: SparkSession, settings: Settings) -> tuple[str, ...]:
    """Oldest first. CheckFailed if the lake's keys were made with others; MissingPrerequisite if none is set."""
    secrets = settings.secrets.author_keys()
    state = read_key_state(spark, settings)
    if state is None and len(secrets) > 1:
        raise CheckFailed(f"BRANDPULSE_AUTHOR_KEY_LINKS names secrets that no key was made with yet: {_ADVICE}")
    if state and state.is_rotating:
        raise CheckFailed(f"a rotation of the author key was interrupted: {_ADVICE} again")
    if state and state.secrets_fingerprint != fingerprint(secrets):
        raise CheckFailed(
            f"the lake's author keys were made with {state.secret_count} secrets, other than those in "
            "BRANDPULSE_AUTHOR_KEY and BRANDPULSE_AUTHOR_KEY_LINKS: restore these or, to rotate the key, "
            f"{_ADVICE}"
        )
    return secrets
