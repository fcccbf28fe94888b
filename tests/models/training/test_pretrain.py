"""Further pre-training: its texts, a run that an interruption does not change, weights that training starts from."""

import gzip
from pathlib import Path

import pytest

from models.training.label_sets import (
    BANKS,
    DISTANT,
    NO_LABEL,
    PROFILES,
    SUPPORT,
    TWEETEVAL_TRAIN,
    TWEETEVAL_VAL,
    read_unlabelled,
)

TEXTS = {f"tweet number {number} about the weather in town": number % 3 - 1 for number in range(24)}


def write(folder: Path, name: Path, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(gzip.compress(text.encode()))


def test_texts_are_taken_once_and_what_is_reported_on_stays_out(tmp_path: Path) -> None:
    write(tmp_path, TWEETEVAL_TRAIN, "label\ttext\nneutral\tthe first of all texts\nneutral\tthis one is held out\n")
    write(tmp_path, TWEETEVAL_VAL, "label\ttext\nneutral\tthis one is held out\n")
    write(tmp_path, DISTANT, "polarity,text\n0,the first of all texts\n4,too short\n4,another one with words\n")
    write(tmp_path, PROFILES, "lang,text\nen,@somebody said this in English\nfr,et cela en bon francais\n")
    write(tmp_path, SUPPORT, "text,inbound\nmy parcel is\rstill not here,True\n")
    write(tmp_path, BANKS, 'text\n"the app\nis down again"\n')
    assert read_unlabelled(tmp_path) == {
        "the first of all texts": NO_LABEL,
        "another one with words": 1,
        "@ user said this in English": NO_LABEL,
        "my parcel is still not here": NO_LABEL,
        "the app is down again": NO_LABEL,
    }


@pytest.mark.slow
@pytest.mark.train
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does_and_training_takes_its_weights(
    tmp_path: Path,
) -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.network import build_encoder
    from models.training.pretrain import ENCODER_FILE, Pretrainer, PretrainRecipe

    class Interrupted(Pretrainer):
        def _save(self) -> None:
            super()._save()
            raise KeyboardInterrupt

    recipe = PretrainRecipe(batch_size=8, max_steps=4, checkpoint_every=2)
    Pretrainer(recipe, TEXTS, tmp_path / "whole").run(resume=False)
    whole = torch.load(tmp_path / "whole" / ENCODER_FILE, weights_only=True)
    with pytest.raises(KeyboardInterrupt):
        Interrupted(recipe, TEXTS, tmp_path / "cut").run(resume=False)
    Pretrainer(recipe, TEXTS, tmp_path / "cut").run(resume=True)
    target = tmp_path / "cut" / ENCODER_FILE
    resumed = torch.load(target, weights_only=True)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    own, started = build_encoder(), build_encoder(target)
    name = "encoder.layer.0.attention.self.query.weight"
    assert torch.equal(started.state_dict()[name], whole[name])
    assert not torch.equal(own.state_dict()[name], whole[name])
    assert torch.equal(started.pooler.dense.weight, whole["pooler.dense.weight"])
    assert not torch.equal(started.pooler.dense.weight, own.pooler.dense.weight)
