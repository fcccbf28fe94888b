"""Every store -> deleted: the agreement with X has ended, and all its data must be deleted within ten business days.

Deletes the topics, the document database, every table with its files and log, the checkpoints, mlflow's store, the
exported files about people that the audit log names, and the whole home: positions, the collector's state, models
fitted to X's content, segment cards, reports, logs. Tables and checkpoints are deleted wherever `lake.path` and
`lake.checkpoints` are. Not content of X, and kept: settings, secrets, annotators (trained on public data), the
receipt, the accounts of the API with its audit log, in which the authors are redacted, and the desk's routing. Stop all
other processes first; a lock reveals a process that still writes a table. A real MongoDB or Kafka deletes its files
later. Left to the operator: backups, forwarded copies, and what the receipt names: an mlflow other than our SQLite
file, and the tickets of a help desk (erase their tweets first, while the dispatcher runs, or delete them there).
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
from pipelines.sinks.desk import delete_desk
from pipelines.sinks.kafka_clients import open_admin, unavailable
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.lake_files import drop_checkpoint, drop_table, find_checkpoints
from pipelines.sinks.mongo import ask_store, open_client
from pipelines.sinks.privacy.accounts import redact_subjects
from pipelines.sinks.privacy.audit import TABLE as AUDIT
from pipelines.sinks.privacy.private_files import delete_private, write_private
from pipelines.sources.accounts import read_subjects
from pipelines.sources.desk import has_desk_rows, read_remote_systems
from pipelines.sources.exported_files import read_exported
from pipelines.sources.lake import read_table, table_exists
from runtime.errors import UsageError

logger = logging.getLogger("brandpulse.delete_x_data")

KEPT = ("annotators", "locks", "serving")
"""Folders of the home without data of X: imported annotators, the locks of this run, the accounts of the API."""
DESK = "tickets, their tweets, notes, events and problems"
READS = "authors whose profiles were read, in the audit log of the API"


def run(spark: SparkSession, settings: Settings, options: Options) -> dict[str, list[str]]:
    """Delete everything and list it in `--receipt`; returns {kind of store: names}. `--dry-run` only logs the list.

    The receipt is written before anything is deleted and gets `ended_at` afterwards. UsageError unless `--confirm`
    names the database, as a safeguard, and for a receipt that cannot be written; TableLocked while a process writes a
    table. A run may be repeated: the receipt keeps what an earlier run listed.
    """
    receipt = Path(required(options, "receipt")).resolve()
    before = check_receipt(settings, receipt)
    database = store_address(settings).database
    if not options.dry_run and options.extra["confirm"] != database:
        raise UsageError(f"this deletes everything and cannot be undone: confirm with --confirm {database}")
    with lock_tables(settings, *TABLES):
        found = find_everything(spark, settings)
        for kind, names in found.items():
            logger.info("%s: %s", kind, ", ".join(names) or "nothing")
        for place in find_left(settings):
            logger.warning("%s is not deleted: that is left to its operator", place)
        if not options.dry_run:
            listed = {kind: sorted({*before.get(kind, ()), *names}) for kind, names in found.items()}
            content: dict[str, object] = {"deleted": listed, "left_to_the_operator": find_left(settings)}
            write_receipt(receipt, {"ended_at": None} | content)
            purge(spark, settings, found)
            write_receipt(receipt, {"ended_at": datetime.now(UTC).isoformat(timespec="seconds")} | content)
    return found


def check_receipt(settings: Settings, receipt: Path) -> dict[str, list[str]]:
    """What an earlier run listed in it; UsageError if it is no receipt, or would be deleted itself."""
    for place in (str(settings.home), settings.lake.path, settings.lake.checkpoints):
        if receipt.is_relative_to(Path(place.removeprefix("file:")).resolve()):
            raise UsageError(f"--receipt {receipt} is in {place}, which is deleted: name a file outside of it")
    if not receipt.parent.is_dir():
        raise UsageError(f"--receipt {receipt}: there is no folder {receipt.parent}")
    if not receipt.exists():
        return {}
    try:
        deleted: dict[str, list[str]] = json.loads(receipt.read_text("utf-8"))["deleted"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--receipt {receipt} exists and is no receipt: name another file") from error
    return deleted


def write_receipt(receipt: Path, content: dict[str, object]) -> None:
    """UsageError if it cannot be written."""
    try:
        write_private(receipt, [json.dumps(content, indent=1)])
    except OSError as error:
        raise UsageError(f"--receipt {receipt} cannot be written: {error.strerror}") from error


def find_left(settings: Settings) -> list[str]:
    """Stores with data of X that are not ours, without the credentials in their address."""
    parts = urlsplit(settings.tracking.uri)
    is_ours = store_file(settings) or Path(parts.path).is_relative_to(settings.home)
    mlflow = [] if is_ours else [f"mlflow at {parts.scheme}://{parts.hostname or ''}{parts.path}"]
    return [*mlflow, *(f"tickets at the help desk {system}" for system in read_remote_systems(settings))]


def find_everything(spark: SparkSession, settings: Settings) -> dict[str, list[str]]:
    """Everything to delete, by kind of store."""
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
        "accounts": [READS] if read_subjects(settings) else [],
        "desk": [DESK] if has_desk_rows(settings) else [],
        "home": folders,
    }


def purge(spark: SparkSession, settings: Settings, found: dict[str, list[str]]) -> None:
    """Delete what `find_everything` found; the topics first, because data enters there."""
    admin = open_admin(settings)
    try:
        if found["topics"]:
            admin.delete_topics(found["topics"])
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    finally:
        admin.close()
    address = store_address(settings)
    with open_client(address) as client:
        ask_store(address, partial(client.drop_database, address.database))
    redact_subjects(settings, read_subjects(settings))
    delete_desk(settings)
    for name in found["exports"]:
        delete_private(Path(name))
    for name in found["checkpoints"]:
        drop_checkpoint(spark, settings, name)
    for name in found["mlflow"]:
        Path(name).unlink(missing_ok=True)
    for name in found["tables"]:
        drop_table(spark, settings, name)
    for name in found["home"]:
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
