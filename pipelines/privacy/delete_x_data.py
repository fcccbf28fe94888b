"""Every store -> nothing: the agreement with X has ended, and all that came from it goes within ten business days.

Deleted are the topics, the database of documents, every table with its files and log, the checkpoints, mlflow's store,
files about persons where the audit log says that they were exported to, and all of the home: positions, the collector's
state, the models that were fitted to X's content, segment cards, reports, logs. Tables and checkpoints are found
wherever `lake.path` and `lake.checkpoints` are. What stays is no content of X's: settings, secrets, annotators (they
learnt from public sets) and the receipt that is written. Everything else has to be stopped first; a table that somebody
writes is found by its lock. A real MongoDB and Kafka delete files in their own time; backups, copies that were handed
on and an mlflow that is no SQLite file of ours are the operator's, and the receipt names the last.
"""

import json
import logging
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from kafka import errors as kafka_errors
from pyspark.sql import SparkSession

from conf.command_line import Options, required
from conf.mongodb import store_address
from conf.settings import Settings
from conf.tables import TABLES
from models.tracking import store_file
from pipelines.sinks.audit import TABLE as AUDIT
from pipelines.sinks.kafka_clients import open_admin, unavailable
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.lake_files import drop_checkpoint, drop_table, find_checkpoints
from pipelines.sinks.mongo import ask_store, open_client
from pipelines.sinks.private_files import delete_private, write_private
from pipelines.sources.exported_files import read_exported
from pipelines.sources.lake import read_table, table_exists
from runtime.errors import UsageError

logger = logging.getLogger("brandpulse.delete_x_data")

KEPT = ("annotators", "locks")
"""Folders of the home that hold nothing of X's: imported annotators, and the locks that this run itself holds."""


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, list[str]]:
    """Purge, and write to `--receipt` what goes; returns the same: kind of store -> names. `--dry-run` only names it.

    The receipt is written before anything is deleted and gets `ended_at` once all is. UsageError without `--confirm`
    and the name of the database, so that nobody does it by a slip, and for a receipt that cannot be written;
    TableLocked while something writes. It may be repeated: a receipt keeps what an earlier run has listed in it.
    """
    receipt = Path(required(options, "receipt")).resolve()
    before = check_receipt(settings, receipt)
    database = store_address(settings).database
    if not options.dry_run and options.extra["confirm"] != database:
        raise UsageError(f"this deletes everything and cannot be undone: say --confirm {database} to do it")
    with lock_tables(settings, *TABLES):
        gone = find_everything(spark, settings)
        for kind, names in gone.items():
            logger.info("%s: %s", kind, ", ".join(names) or "nothing")
        for place in find_left(settings):
            logger.warning("%s is not ours to delete: whoever runs it has to", place)
        if not options.dry_run:
            listed = {kind: sorted({*before.get(kind, ()), *names}) for kind, names in gone.items()}
            told: dict[str, object] = {"deleted": listed, "left_to_the_operator": find_left(settings)}
            write_receipt(receipt, {"ended_at": None} | told)
            purge(spark, settings, gone)
            write_receipt(receipt, {"ended_at": datetime.now(UTC).isoformat(timespec="seconds")} | told)
    return gone


def check_receipt(settings: Settings, receipt: Path) -> dict[str, list[str]]:
    """What an earlier run has listed in it; UsageError where it cannot be one, or would be deleted with the rest."""
    for place in (str(settings.home), settings.lake.path, settings.lake.checkpoints):
        if receipt.is_relative_to(Path(place.removeprefix("file:")).resolve()):
            raise UsageError(f"--receipt {receipt} lies in {place}, where all is deleted: name a file outside of it")
    if not receipt.parent.is_dir():
        raise UsageError(f"--receipt {receipt}: there is no folder {receipt.parent}")
    if not receipt.exists():
        return {}
    try:
        deleted: dict[str, list[str]] = json.loads(receipt.read_text("utf-8"))["deleted"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--receipt {receipt} is there and is no receipt: name another file") from error
    return deleted


def write_receipt(receipt: Path, told: dict[str, object]) -> None:
    """UsageError where it cannot be written."""
    try:
        write_private(receipt, [json.dumps(told, indent=1)])
    except OSError as error:
        raise UsageError(f"--receipt {receipt} cannot be written: {error.strerror}") from error


def find_left(settings: Settings) -> list[str]:
    """Stores that hold something of X's and are not ours, without the credentials that their address may hold."""
    parts = urlsplit(settings.tracking.uri)
    is_ours = store_file(settings) or Path(parts.path).is_relative_to(settings.home)
    return [] if is_ours else [f"mlflow at {parts.scheme}://{parts.hostname or ''}{parts.path}"]


def find_everything(spark: SparkSession, settings: Settings) -> dict[str, list[str]]:
    """What is there now, by the kind of store."""
    address = store_address(settings)
    with open_client(address) as client:
        collections = ask_store(address, client[address.database].list_collection_names)
    ours = {settings.kafka.tweets_topic, settings.kafka.compliance_topic}
    exported = read_exported(read_table(spark, settings, AUDIT))
    store = store_file(settings)
    folders = [each.name for each in sorted(settings.home.iterdir()) if each.name not in KEPT]
    return {
        "topics": sorted(ours & set(_topics(settings))),
        "collections": sorted(collections),
        "tables": [name for name in sorted(TABLES) if table_exists(spark, settings, name)],
        "checkpoints": find_checkpoints(spark, settings),
        "mlflow": [str(store)] if store and store.exists() else [],
        "exports": [str(each.path) for each in exported if each.path.exists()],
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
    for name in gone["exports"]:
        delete_private(Path(name))
    for name in gone["checkpoints"]:
        drop_checkpoint(spark, settings, name)
    for name in gone["mlflow"]:
        Path(name).unlink(missing_ok=True)
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
