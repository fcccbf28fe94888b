"""Every store -> nothing: the agreement with X has ended, and all that came from it goes within ten business days.

Deleted are the topics, the database of documents, every table with its files and log, and all of the home: checkpoints,
positions, the collector's state, mlflow with the models that were fitted to X's content, exports, reports, logs. What
stays is no content of X's: settings, secrets, annotators (they learnt from public sets) and the receipt that is
written. Everything else has to be stopped first; a table that somebody writes is found by its lease. A real MongoDB and
Kafka delete files in their own time; backups are the operator's.
"""

import json
import logging
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from kafka import errors as kafka_errors
from pyspark.sql import SparkSession

from conf.command_line import Options, required
from conf.errors import UsageError
from conf.mongodb import store_address
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.kafka_clients import open_admin, unavailable
from pipelines.sinks.lake import lease
from pipelines.sinks.lake_files import drop_table
from pipelines.sinks.mongo import ask_store, open_client
from pipelines.sources.lake import table_exists

logger = logging.getLogger("brandpulse.end_agreement")

KEPT = ("annotators", "leases")
"""Folders of the home that hold nothing of X's: imported annotators, and the locks that this run itself holds."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, list[str]]:
    """Purge, and write to `--receipt` what went; returns the same: kind of store -> names. `--dry-run` only names it.

    UsageError without `--confirm` and the name of the database, so that nobody does it by a slip; LeaseHeld while
    something writes. It may be repeated: what is gone already is not in the second receipt.
    """
    receipt = Path(required(options, "receipt"))
    database = store_address(settings).database
    if not options.dry_run and options.extra["confirm"] != database:
        raise UsageError(f"this deletes everything and cannot be undone: say --confirm {database} to do it")
    with lease(settings, *TABLES):
        gone = find_everything(spark, settings)
        for kind, names in gone.items():
            logger.info("%s: %s", kind, ", ".join(names) or "nothing")
        if not options.dry_run:
            purge(spark, settings, gone)
            told = {"ended_at": datetime.now(UTC).isoformat(timespec="seconds"), "deleted": gone}
            receipt.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return gone


def find_everything(spark: SparkSession, settings: Settings) -> dict[str, list[str]]:
    """What is there now, by the kind of store."""
    address = store_address(settings)
    with open_client(address) as client:
        collections = ask_store(address, client[address.database].list_collection_names)
    ours = {settings.kafka.tweets_topic, settings.kafka.compliance_topic}
    folders = [each.name for each in sorted(settings.home.iterdir()) if each.name not in KEPT]
    return {
        "topics": sorted(ours & set(_topics(settings))),
        "collections": sorted(collections),
        "tables": [name for name in sorted(TABLES) if table_exists(spark, settings, name)],
        "home": folders,
    }


def purge(spark: SparkSession, settings: Settings, gone: dict[str, list[str]]) -> None:
    """Delete what `find_everything` found, where it came in first."""
    admin = open_admin(settings)
    try:
        if gone["topics"]:
            admin.delete_topics(gone["topics"])
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        admin.close()
    address = store_address(settings)
    with open_client(address) as client:
        ask_store(address, partial(client.drop_database, address.database))
    for name in gone["tables"]:
        drop_table(spark, settings, name)
    for name in gone["home"]:
        path = settings.home / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _topics(settings: Settings) -> list[str]:
    admin = open_admin(settings)
    try:
        return list(admin.list_topics())
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        admin.close()
