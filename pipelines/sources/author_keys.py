"""The secrets that author keys are made with, once it is known that the lake's own keys were made with the same."""

from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.sources.pipeline_state import read_key_state
from runtime.errors import CheckFailed
from runtime.key_chain import fingerprint

_ADVICE = "stop the stream and run jobs.rotate_author_key"


def read_secrets(spark: SparkSession, settings: Settings) -> tuple[str, ...]:
    """The oldest first. CheckFailed where the lake's keys were made with others; MissingPrerequisite without any."""
    secrets = settings.secrets.author_keys()
    state = read_key_state(spark, settings)
    if state is None and len(secrets) > 1:
        raise CheckFailed(f"BRANDPULSE_AUTHOR_KEY_LINKS names secrets that no key was made with yet: {_ADVICE}")
    if state and state.is_rotating:
        raise CheckFailed(f"a rotation of the author key was interrupted: {_ADVICE} again")
    if state and state.secrets_fingerprint != fingerprint(secrets):
        raise CheckFailed(
            f"the lake's author keys were made with {state.secret_count} secrets, which are not those that "
            "BRANDPULSE_AUTHOR_KEY and BRANDPULSE_AUTHOR_KEY_LINKS name: set them as they were or, to rotate, "
            f"{_ADVICE}"
        )
    return secrets
