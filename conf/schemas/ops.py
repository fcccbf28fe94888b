"""Row shapes of the operations tables."""

from conf.schemas.shapes import shape

# How far a hop read the table that it follows, and under which settings and formulas; of the author keys: which secrets
# the lake's keys were made with.
OPS_PIPELINE_STATE = shape(
    hop="string",
    source_version="long",
    as_of="timestamp",
    run_id="long",
    config_fingerprint="string",
    secret_count="long",
    secrets_fingerprint="string",
    is_rotating="boolean",
)
