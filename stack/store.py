"""The embedded document store: mongo-java-server over one H2 file, behind Launcher.java, on loopback only."""

from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from conf.settings import Settings
from stack.processes import LOOPBACK, java, listens

NAME = "mongodb"
WIRE_VERSION = "17"
"""MongoDB 6.0: pymongo 4.20 requires at least 9, and from 25 on would use commands that the store lacks."""
LAUNCHER = Path(__file__).with_name("Launcher.java")


def address(port: int) -> dict[str, str]:
    return {"uri": f"mongodb://{LOOPBACK}:{port}/?directConnection=true"}


def data_folder(home: Path) -> Path:
    return home / "mongo"


def command(home: Path, settings: Settings, port: int, mark: str) -> list[str]:
    """Return the command that starts the store on `<home>/mongo/store.mv`."""
    folder = data_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(LAUNCHER), str(port), WIRE_VERSION, str(folder / "store.mv")]
    return [*java(settings.jars / "mongo"), "-Xms64m", "-Xmx1g", mark, *arguments]


def answers(port: int) -> bool:
    """True if the store answers a ping."""
    if not listens(port):
        return False
    try:
        with MongoClient[dict[str, object]](address(port)["uri"], serverSelectionTimeoutMS=2_000) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def is_ready(settings: Settings, port: int) -> bool:
    return answers(port)
