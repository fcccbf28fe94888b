"""The training of the entity annotator: its loss, a smoke run from files to a folder, a run that was interrupted."""

import gzip
import json
from pathlib import Path

import pytest

from conf.settings import Settings
from models.annotation.reference_tagger import ReferenceTagger
from models.annotation.spans import TAGS
from models.training.entities.data import CORPORA, WNUT17, EntityRows, read_entity_rows

pytestmark = pytest.mark.train

torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")

NAMES = ("anna", "oslo", "acme", "phone", "song", "band", "club")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty made-up tweets a file, an entity of each type of its corpus in turn."""
    for corpus in CORPORA:
        kinds = list(corpus.types)
        middle = "\t-\t-\t" if corpus.columns == 4 else "\t"
        for path in (corpus.train, corpus.dev):
            words = [(f"{path.stem}{number}", NAMES[number % 7], kinds[number % len(kinds)]) for number in range(60)]
            text = "".join(f"{one}{middle}O\n{name}{middle}B-{kind}\n\n" for one, name, kind in words)
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(gzip.compress(text.encode()))
    return tmp_path


@pytest.fixture
def rows(data: Path) -> EntityRows:
    return read_entity_rows(data)


def test_the_loss_is_cross_entropy_where_one_tag_is_allowed() -> None:
    from models.training.entities.tagger import tag_loss

    logits = torch.randn(4, len(TAGS), generator=torch.Generator().manual_seed(1))
    classes = torch.tensor([0, 3, 5, 0])
    allowed = torch.nn.functional.one_hot(classes, len(TAGS)).bool()
    for smoothing in (0.0, 0.1):
        expected = torch.nn.functional.cross_entropy(logits, classes, label_smoothing=smoothing)
        assert tag_loss(logits, allowed, smoothing) == pytest.approx(float(expected), abs=1e-5)


def test_a_tag_that_the_corpus_does_not_annotate_is_not_pushed_down() -> None:
    from models.training.entities.tagger import tag_loss

    logits = torch.zeros(1, len(TAGS), requires_grad=True)
    allowed = torch.tensor([[tag in ("O", "B-product") for tag in TAGS]])
    tag_loss(logits, allowed).backward()
    pulls = dict(zip(TAGS, logits.grad[0].tolist(), strict=True))
    assert pulls["O"] == pytest.approx(pulls["B-product"])
    assert pulls["B-product"] < 0 < pulls["B-person"]


def test_a_smoke_training_leaves_a_loadable_annotator_its_card_and_its_curves(
    data: Path, offline_settings: Settings, tmp_path: Path
) -> None:
    from models.training.entities.run import Request, train_entities
    from models.training.entities.trainer import EntityRecipe

    shipped = tmp_path / "shipped"
    named = offline_settings.annotators.model_copy(update={"entities": str(shipped)})
    settings = offline_settings.model_copy(update={"annotators": named})
    folder = train_entities(settings, Request(data, EntityRecipe(), smoke=True, ship=True))
    assert ReferenceTagger(folder).score_words(["anna", "in", "oslo"]).sum(axis=1) == pytest.approx([1, 1, 1])
    assert (folder / "curves.png").stat().st_size > 5000
    results = json.loads((folder / "results.json").read_text("utf-8"))
    assert results["recipe"]["max_steps"] == 4
    assert set(results["int8_dev"]) == {"wnut17", "btc", "btc_masked", "tweebank"}
    card = (shipped / "README.md").read_text("utf-8")
    assert f"| WNUT-17 dev, our five types | {results['int8_dev']['wnut17']['tweets']:g} |" in card
    assert "| Unlabelled" not in card


def test_a_dry_run_only_reads(data: Path, offline_settings: Settings) -> None:
    from models.training.entities.run import Request, train_entities
    from models.training.entities.trainer import EntityRecipe

    assert not train_entities(offline_settings, Request(data, EntityRecipe(), dry_run=True)).exists()


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(rows: EntityRows, tmp_path: Path) -> None:
    from models.training.entities.trainer import EntityRecipe, EntityTrainer

    class Interrupted(EntityTrainer):
        def _save(self) -> None:
            super()._save()
            raise KeyboardInterrupt

    recipe = EntityRecipe(epochs=1, batch_size=8, max_steps=4, checkpoint_every=2)
    EntityTrainer(recipe, rows, tmp_path / "whole").run(resume=False)
    with pytest.raises(KeyboardInterrupt):
        Interrupted(recipe, rows, tmp_path / "cut").run(resume=False)
    EntityTrainer(recipe, rows, tmp_path / "cut").run(resume=True)
    whole, cut = (torch.load(tmp_path / name / "best.pt", weights_only=True) for name in ("whole", "cut"))
    assert all(torch.allclose(whole[name], cut[name], atol=1e-6) for name in whole)


def test_a_checkpoint_of_another_recipe_is_refused(rows: EntityRows, tmp_path: Path) -> None:
    from models.training.entities.trainer import EntityRecipe, EntityTrainer

    EntityTrainer(EntityRecipe(batch_size=8, max_steps=1), rows, tmp_path).run(resume=False)
    with pytest.raises(ValueError, match="another recipe"):
        EntityTrainer(EntityRecipe(batch_size=8, max_steps=2), rows, tmp_path).run(resume=True)


def test_words_beyond_the_longest_input_are_not_trained_on_and_tagged_outside() -> None:
    from models.training.entities.data import TaggedTweet
    from models.training.entities.tagger import Tagger, encode_tweets, measure_tagger

    words = tuple("anna" for _ in range(200))
    tweet = TaggedTweet(WNUT17, words, ("B-person",) * 200, words, tuple(range(200)))
    (encoded,) = encode_tweets([tweet])
    assert (len(encoded.ids), len(encoded.kept), encoded.allowed.shape) == (128, 126, (126, len(TAGS)))
    assert measure_tagger(Tagger(), [encoded], [tweet])["wnut17_f1"] < 1
