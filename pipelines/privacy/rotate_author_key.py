"""Every table, Django's audit log -> themselves, with author keys chained to the new secrets.

Keys are chained (models/privacy/pseudonyms.py), so no id is needed and nothing is lost: profiles, their history,
segments, tombstones, receipts and the API's audit log continue under the new keys. Each table is one commit; a run
after a kill continues with the other tables, and until it ends no job makes keys. Old files contain old keys until
VACUUM.
"""

import logging

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import KEY_COLUMNS, KEY_LISTS, TABLES
from models.privacy.pseudonyms import build_key_frame, chain_keys
from pipelines.sinks.lake import Batch, lock_tables, set_columns
from pipelines.sinks.pipeline_state import write_key_state
from pipelines.sinks.privacy.accounts import rekey_subjects
from pipelines.sources.lake import table_exists
from pipelines.sources.pipeline_state import KeyState, read_key_state
from runtime.errors import UsageError
from runtime.file_lock import hold_lock
from runtime.key_chain import fingerprint

logger = logging.getLogger("brandpulse.rotate_author_key")


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Chain every key of the lake to the secrets that BRANDPULSE_AUTHOR_KEY_LINKS adds; returns their number.

    `--dry-run` only counts them. UsageError unless the secrets used so far are the first ones given; TableLocked while
    another job writes one of the tables, or the desk works, which would take in new keys before its own are chained.
    """
    secrets = settings.secrets.author_keys()
    with hold_lock(settings.home / "locks" / "dispatch_tickets", _desk_works), lock_tables(settings, *TABLES):
        done = _count_done(read_key_state(spark, settings), secrets)
        added = secrets[done:]
        logger.info("%d secrets were used so far, %d are added", done, len(added))
        if added and not options.dry_run:
            target = fingerprint(secrets)
            write_key_state(spark, settings, KeyState(done, target, is_rotating=True), options.run_id)
            rekey_tables(spark, settings, build_key_frame(spark, *added), Batch("rotate_author_key", len(secrets)))
            rekey_subjects(settings, added, target)
            write_key_state(spark, settings, KeyState(len(secrets), target, is_rotating=False), options.run_id)
        return len(added)


def _desk_works(holder: str) -> str:
    return f"process {holder} (jobs.dispatch_tickets) works on the desk: stop it, then try again"


def rekey_tables(spark: SparkSession, settings: Settings, links: DataFrame, batch: Batch) -> None:
    """Chain the keys of every table that `batch` has not changed yet."""
    for name, table in TABLES.items():
        sets = _chained(table.schema.fieldNames(), links)
        if sets and table_exists(spark, settings, name):
            set_columns(links, settings, name, sets, batch)
            logger.info("%s: new keys in %s", name, ", ".join(sets))


def _count_done(state: KeyState | None, secrets: tuple[str, ...]) -> int:
    """The number of `secrets` that the lake's keys were made with, before the rotation if one was interrupted."""
    if state is None:
        return 1
    expected = secrets if state.is_rotating else secrets[: state.secret_count]
    if state.secrets_fingerprint != fingerprint(expected):
        raise UsageError(
            f"BRANDPULSE_AUTHOR_KEY and BRANDPULSE_AUTHOR_KEY_LINKS do not begin with the {state.secret_count} secrets "
            "that the lake's keys were made with, or name others than the interrupted rotation"
        )
    return state.secret_count


def _chained(columns: list[str], links: DataFrame) -> dict[str, str | Column]:
    def chained(key: Column) -> Column:
        return chain_keys(key, links, "s")

    single: dict[str, str | Column] = {name: chained(F.col(f"t.{name}")) for name in KEY_COLUMNS if name in columns}
    return single | {name: F.transform(F.col(f"t.{name}"), chained) for name in KEY_LISTS if name in columns}
