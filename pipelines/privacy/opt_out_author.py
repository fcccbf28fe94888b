"""restricted.author_identities -> compliance.v1: the opt-out of an author, permanently.

The opt-out is a notice like X's, so that one mechanism erases: `erase_tweets` deletes the author's data from every
table and store within the deadline and writes a tombstone, which no later notice of X lifts.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from conf.command_line import Options, required
from conf.settings import Settings
from models.privacy.author_lookup import find_author
from models.privacy.pseudonyms import build_key_frame
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message
from pipelines.sinks.privacy.audit import write_audit
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table
from pipelines.sources.x.compliance import event_record, opt_out_event

logger = logging.getLogger("brandpulse.opt_out_author")

SOURCE, ACTION, IDENTITIES = "opt_out", "opt_out_author", "restricted.author_identities"


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Request the erasure of the author of --handle or --author-id; returns the number of accounts.

    `--dry-run` only counts them. Raises the errors of `find_author`; ServiceUnavailable if Kafka is unavailable.
    """
    purpose = required(options, "purpose")
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    subjects = find_author(read_table(spark, settings, IDENTITIES), keys, options.extra).persist()
    accounts = [row["author_id"] for row in subjects.select("author_id").distinct().collect()]
    if not options.dry_run:
        publish_records(settings, _messages(settings, accounts))
        write_audit(subjects, settings, ACTION, purpose, len(accounts))
    logger.info("%d accounts will be erased by the next run of erase_tweets", len(accounts))
    subjects.unpersist()
    return len(accounts)


def _messages(settings: Settings, accounts: list[str]) -> Iterator[Message]:
    now = datetime.now(UTC)
    for number, account in enumerate(accounts):
        event = opt_out_event(account, f"{now:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z")
        record = event_record(event, f"{SOURCE}:{now.timestamp():.6f}", number, settings.kafka.max_record_bytes)
        yield message_of(record, SOURCE, settings)
