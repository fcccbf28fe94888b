"""The one way to a Spark session: every setting that the lane needs, in one place."""

import atexit
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from conf.lake_format import check_lake_format, local_lake
from conf.settings import Settings, under_spark_submit
from runtime.errors import MissingPrerequisite

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Whatever looks like a secret is redacted by Spark in its logs, its UI and its event log.
REDACTION = "(?i)secret|password|token|author_key|jaas"
JVM_END_SECONDS = 30.0
_FIXED = {
    # The queries generate more than 100 classes per batch: a cache of 100, the default, never has a hit.
    "spark.sql.codegen.cache.maxEntries": "2000",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.merge.materializeSource": "none",
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    # The first page of every broadcast, sort and aggregate; by default 32 MB here, of which a batch needs dozens.
    "spark.buffer.pageSize": "1m",
    # VACUUM lists files by tasks; the default of 10,000 tasks costs half a minute on two cores.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
}
_WITHOUT_UI = {
    # Spark describes every plan for its UI and keeps 1,000 descriptions: a third of a gigabyte, and a tenth of a batch.
    "spark.sql.debug.maxToStringFields": "0",
    "spark.sql.ui.retainedExecutions": "20",
    "spark.ui.retainedJobs": "50",
    "spark.ui.retainedStages": "50",
    "spark.ui.retainedTasks": "200",
}
_LOCAL_CHECKPOINTS = {
    # The default one starts twenty processes per batch (readlink, chmod) on a local disk.
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
    ),
}
_scratches: set[Path] = set()
"""The scratch folders that this process has created."""

BACKGROUND_POOL = "background"
"""Jobs of this pool get a core only when no job of the tweets has a task waiting."""
IDLE_POOL = "idle"
"""Jobs of this pool also wait for those of the background pool: of equal pools the first by name gets the core."""

_POOLS = f"""<allocations>
  <pool name="default"><schedulingMode>FIFO</schedulingMode><weight>1</weight><minShare>1000000</minShare></pool>
  <pool name="{BACKGROUND_POOL}"><schedulingMode>FIFO</schedulingMode><weight>1000</weight><minShare>0</minShare></pool>
  <pool name="{IDLE_POOL}"><schedulingMode>FIFO</schedulingMode><weight>1</weight><minShare>0</minShare></pool>
</allocations>
"""


def build_session(settings: Settings, name: str, heap: str = "") -> "SparkSession":
    """Start or return the session. Under spark-submit its --master and --conf win over the settings."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # PySpark hands timestamps over in the process's own zone: time is UTC everywhere, so this process is, too.
    os.environ["TZ"] = "UTC"
    time.tzset()
    if not under_spark_submit():  # there the JVM runs already, and writes where the cluster tells it to
        os.environ["SPARK_LOCAL_DIRS"] = str(make_scratch(settings.home))
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    if under_spark_submit():
        SparkContext._ensure_initialized()
    conf = SparkConf().setAppName(name)
    for key, value in session_conf(settings, heap).items():
        conf.setIfMissing(key, value)
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # PySpark asks the JVM for `functions` at every call of one, and the JVM searches every jar: 0.5 ms a column.
    jvm: Any = session.sparkContext._jvm
    jvm.functions = jvm.functions
    if local_lake(settings) is None:
        check_lake_format(settings, HadoopFiles(session, settings.lake.path))
    return session


def build_stream_session(settings: Settings, name: str) -> "SparkSession":
    """As `build_session`, with the whole heap from the start, half of it for new objects.

    With a heap that grows, a tenth of a stream's time went into collecting garbage.
    """
    return build_session(settings, name, f"-Xms{settings.spark.driver_memory} -XX:NewRatio=1 ")


def session_conf(settings: Settings, heap: str = "") -> dict[str, str]:
    """Every Spark setting by name; `heap`: options of the JVM, with a blank at their end."""
    home = settings.home
    conf = {
        "spark.master": settings.spark.master,
        "spark.driver.memory": settings.spark.driver_memory,
        # Spark NLP and ONNX Runtime unpack the model and their libraries into java.io.tmpdir and leave them there.
        "spark.driver.extraJavaOptions": (
            f"{heap}-XX:+UseSerialGC -XX:+PerfDisableSharedMem -Dderby.system.home={home}/derby "
            f"-Djava.io.tmpdir={scratch_folder(home)}"
        ),
        "spark.sql.warehouse.dir": f"{home}/warehouse",
        "spark.ui.enabled": str(settings.spark.ui).lower(),
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.ui.explainMode": "simple",  # each query's plan is written down for the UI: the short way
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.sql.shuffle.partitions": str(settings.spark.shuffle_partitions),
        "spark.default.parallelism": str(settings.spark.shuffle_partitions),
        "spark.scheduler.mode": "FAIR",
        "spark.scheduler.allocation.file": f"file://{_write_pools(home)}",
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryoserializer.buffer.max": "1024m",
        "spark.redaction.regex": REDACTION,
        "spark.jsl.settings.onnx.intraOpNumThreads": str(settings.spark.onnx_threads),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
    conf |= _FIXED
    if not settings.spark.ui:
        conf |= _WITHOUT_UI
    if "://" not in str(settings.lake.checkpoints):
        conf |= _LOCAL_CHECKPOINTS
    if settings.spark.event_log:
        (home / "events").mkdir(parents=True, exist_ok=True)
        conf |= {"spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file://{home}/events"}
    if not under_spark_submit():
        conf |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
        conf["spark.jars"] = ",".join(str(jar) for jar in spark_jars(settings.jars))
    return conf


def scratch_folder(home: Path) -> Path:
    """Where this process and its JVM write what they need only while they run, rows among it."""
    return (home / "scratch").absolute() / str(os.getpid())


def make_scratch(home: Path) -> Path:
    """Create the scratch folder, removed when the process ends; remove those of processes that were killed."""
    own = scratch_folder(home)
    if own in _scratches:
        return own
    _scratches.add(own)
    for left in own.parent.glob("*"):
        if left == own or (left.name.isdigit() and not psutil.pid_exists(int(left.name))):
            shutil.rmtree(left, ignore_errors=True)
    own.mkdir(parents=True)
    atexit.register(_remove_scratch, own)
    return own


def _remove_scratch(own: Path) -> None:
    """End the JVM, which would write into the folder until its end, then remove the folder."""
    from pyspark import SparkContext

    if own.name != str(os.getpid()):  # a forked child: the folder and the JVM are its parent's
        return
    if SparkContext._active_spark_context is not None:
        SparkContext._active_spark_context.stop()  # or the server of its accumulators would miss the JVM, and say so
    gateway = SparkContext._gateway
    process = getattr(gateway, "proc", None)
    if gateway is not None and process is not None:
        gateway.shutdown()  # or the finalizers of Python's objects would call a JVM that has ended
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(JVM_END_SECONDS)
    shutil.rmtree(own, ignore_errors=True)


class HadoopFiles:
    """The lake on any file system that Spark can write, with Spark's own settings for it."""

    def __init__(self, spark: "SparkSession", root: str) -> None:
        self._spark, self._root = spark, root.rstrip("/")

    def read(self, path: str) -> str | None:
        files, place = self._at(path)
        if not files.exists(place):
            return None
        jvm: Any = self._spark.sparkContext._jvm
        with closing(files.open(place)) as stream:
            return str(jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))

    def folders(self, path: str) -> list[str]:
        files, place = self._at(path)
        found = files.listStatus(place) if files.exists(place) else []
        return [each.getPath().getName() for each in found if each.isDirectory()]

    def write(self, path: str, text: str) -> None:
        files, partial = self._at(f".{path}.{os.getpid()}")
        with closing(files.create(partial, True)) as stream:
            stream.write(text.encode())
        if not files.rename(partial, self._at(path)[1]):
            files.delete(partial, False)  # another process was first: the number is the same

    def _at(self, path: str) -> tuple[Any, Any]:
        return hadoop_path(self._spark, f"{self._root}/{path}".rstrip("/"))


def hadoop_path(spark: "SparkSession", place: str) -> tuple[Any, Any]:
    """Hadoop's FileSystem and Path of a place."""
    context: Any = spark.sparkContext
    path = context._jvm.org.apache.hadoop.fs.Path(place)
    return path.getFileSystem(context._jsc.hadoopConfiguration()), path


def _write_pools(home: Path) -> Path:
    """The file of the scheduler's pools: Spark reads them from a file alone, and the package may be a zip."""
    file = make_scratch(home) / "scheduler_pools.xml"
    file.write_text(_POOLS, "utf-8")
    return file


def spark_jars(folder: Path) -> list[Path]:
    """The jars of the Spark class path; MissingPrerequisite when set-up has not fetched them."""
    jars = sorted((folder / "spark").glob("*.jar"))
    if not jars:
        raise MissingPrerequisite(f"no jars in {folder / 'spark'}: run `make setup` first")
    return jars
