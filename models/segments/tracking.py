"""What is stored of a fit besides the tables: the report on disk; parameters, figures, report and model in mlflow."""

import logging
import re
from collections.abc import Mapping
from dataclasses import asdict

from pyspark.ml import PipelineModel

from conf.settings import Settings
from models.segments.fit import Fit
from models.segments.report import build_report
from models.tracking import find_spark_model, tracked_run

logger = logging.getLogger("brandpulse.segment_authors")


def track_fit(
    settings: Settings, brand: str, run_id: int, fit: Fit, names: Mapping[str, str], last_version: str | None
) -> None:
    """Write the report, log the fit, register its model unless it is that of `last_version`; `names` by segment_id."""
    version = fit.segmentation.version if fit.segmentation else None
    name = model_name(brand)
    picture = settings.reports / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(build_report(brand, fit, names))
    with tracked_run(settings, "segment_authors", f"{brand}-{run_id}") as tracked:
        tracked.log_parameters({"brand": brand, "model_version": version} | settings.segment_authors.model_dump())
        tracked.log_metrics(_figures(fit))
        for tried in fit.choice.candidates:
            tracked.log_metrics({each: value for each, value in asdict(tried).items() if each != "k"}, step=tried.k)
        tracked.log_files([picture])
        if fit.segmentation and version != last_version:
            number = tracked.register_spark_model(fit.segmentation.model, name)
            logger.info("%s: registered as version %s of %s", brand, number, name)


def find_model(settings: Settings, brand: str) -> PipelineModel | None:
    """The brand's registered pipeline; None when there is none, or its files were deleted."""
    return find_spark_model(settings, model_name(brand))


def model_name(brand: str) -> str:
    """The name of the registered model and of the report."""
    plain = re.sub(r"[^\w.-]", "_", brand)
    return f"segments-{plain}"


def _figures(fit: Fit) -> dict[str, float]:
    segments = len(fit.segmentation.centroids) if fit.segmentation else 0
    figures = {"segments": segments, "authors": fit.authors} | {f"psi_{one}": psi for one, psi in fit.moved.psi.items()}
    return figures if fit.moved.rand_index is None else figures | {"rand_index": fit.moved.rand_index}
