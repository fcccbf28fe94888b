"""What mlflow stores of a brand's topics: each fit's figures, and every version of the model as a registered folder."""

import logging
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from conf.settings import Settings
from models.topics.fit import Quality
from models.topics.model import TopicModel, read_model
from models.tracking import CHAMPION, find_registered, tracked_run

logger = logging.getLogger("brandpulse.discover_topics")


def track_fit(settings: Settings, brand: str, run_id: int, model: TopicModel, tried: Sequence[Quality]) -> None:
    """Log the figures of every number of topics that was `tried`, and register the model as the one in use."""
    with tracked_run(settings, "discover_topics", f"{brand}-{run_id}") as tracked, TemporaryDirectory() as scratch:
        tracked.log_parameters({"brand": brand, "model_version": model.version, "topics": len(model.topic_ids)})
        tracked.log_parameters(settings.discover_topics.model_dump())
        for one in tried:
            tracked.log_metrics(
                {name: value for name, value in asdict(one).items() if name != "topics"}, step=one.topics
            )
        folder = model.write(Path(scratch) / "topics")
        number = tracked.register_folder(folder, model_name(brand), {"version": model.version}, CHAMPION)
        logger.info("%s: registered as version %s of %s", brand, number, model_name(brand))


def find_model(settings: Settings, brand: str) -> TopicModel | None:
    """The brand's topics in use; None when there are none, or their file was deleted."""
    found = find_registered(settings, model_name(brand), CHAMPION)
    try:
        return read_model(found.folder) if found else None
    except OSError:
        return None


def model_name(brand: str) -> str:
    plain = re.sub(r"[^\w.-]", "_", brand)
    return f"topics-{plain}"
