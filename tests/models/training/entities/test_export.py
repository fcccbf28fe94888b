"""Which quantised tagger is shipped, and that the ways of quantising leave the parts in float that they name."""

from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.train]

pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")


def test_the_smallest_file_that_loses_little_is_shipped() -> None:
    from models.training.entities.export import Quantised, choose_way

    tried = [Quantised("all", 0.60, 0.3), Quantised("most", 0.646, 0.2), Quantised("some", 0.66, 0.1)]
    assert choose_way(tried, full_f1=0.65).way == "most"


def test_where_every_way_loses_the_nearest_is_shipped() -> None:
    from models.training.entities.export import Quantised, choose_way

    tried = [Quantised("all", 0.64, 0.3), Quantised("some", 0.63, 0.1)]
    assert choose_way(tried, full_f1=0.65).way == "some"


def test_each_way_leaves_more_in_float_and_all_are_folders_that_spark_nlp_reads(tmp_path: Path) -> None:
    from models.annotation.annotator_folder import check_annotator
    from models.annotation.spans import TAGS
    from models.training.entities.export import WAYS, quantise_tagger
    from models.training.entities.tagger import Tagger
    from models.training.export import export_full_precision, write_assets

    full = tmp_path / "full.onnx"
    export_full_precision(Tagger(), full)
    sizes = []
    for number, way in enumerate(WAYS):
        folder = tmp_path / str(number)
        write_assets(TAGS, folder)
        quantise_tagger(full, folder / "model.onnx", way)
        check_annotator(folder)
        sizes.append((folder / "model.onnx").stat().st_size)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] < 0.55 * full.stat().st_size
