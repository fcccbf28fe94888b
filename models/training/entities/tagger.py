"""The token classifier: encoder and tag layer, targets, loss, span F1.

The loss of a word is -ln of the total probability of its allowed tags (see `models.training.entities.data`), read at
its first word piece; further pieces have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.annotation.spans import OUTSIDE, TAGS, count_spans, decode_spans, span_f1
from models.annotation.text.word_pieces import read_word_pieces
from models.training.entities.data import TaggedTweet
from models.training.network import build_encoder, pad
from models.training.packages import encoder_folder


@dataclass(frozen=True)
class Encoded:
    """A tweet as tensors: word piece ids, the place of each word's first piece, its allowed tags bool [words, tags].

    `kept` has the numbers of the words that have a piece; the others are not trained on, and are tagged O.
    """

    ids: list[int]
    kept: list[int]
    places: list[int]
    allowed: torch.Tensor


class Tagger(torch.nn.Module):
    """The encoder and one linear layer over `TAGS`, as in transformers' BertForTokenClassification."""

    def __init__(self, encoder: Path | None = None) -> None:
        super().__init__()
        self.bert = build_encoder(encoder)
        self.dropout = torch.nn.Dropout(self.bert.config.hidden_dropout_prob)
        self.classifier = torch.nn.Linear(self.bert.config.hidden_size, len(TAGS))
        torch.nn.init.normal_(self.classifier.weight, std=self.bert.config.initializer_range)
        torch.nn.init.zeros_(self.classifier.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits [batch, pieces, tags]; the inputs are those of Spark NLP, in its order."""
        answer = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        logits: torch.Tensor = self.classifier(self.dropout(answer.last_hidden_state))
        return logits


def encode_tweets(tweets: Sequence[TaggedTweet]) -> list[Encoded]:
    """Word pieces and targets of tweets."""
    pieces = read_word_pieces(encoder_folder() / "vocab.txt")
    return [_encode(tweet, *pieces.encode_words(tweet.words)) for tweet in tweets]


def _encode(tweet: TaggedTweet, ids: list[int], places: list[int | None]) -> Encoded:
    targets = tweet.targets
    found = [(word, place) for word, place in enumerate(places) if place is not None]
    allowed = torch.zeros(len(found), len(TAGS), dtype=torch.bool)
    for row, (word, _) in enumerate(found):
        allowed[row, list(targets[word])] = True
    return Encoded(ids, [word for word, _ in found], [place for _, place in found], allowed)


def tag_loss(logits: torch.Tensor, allowed: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Mean of -ln(sum of the allowed tags' probabilities) over [words, tags], in nats.

    `smoothing` is the share of the cross entropy with evenly spread labels that is mixed in.
    """
    logs = logits.log_softmax(dim=1)
    fit = -logs.masked_fill(~allowed, -torch.inf).logsumexp(dim=1)
    return ((1 - smoothing) * fit - smoothing * logs.mean(dim=1)).mean()


def word_logits(model: Tagger, batch: Sequence[Encoded]) -> torch.Tensor:
    """Logits [words of all tweets, tags], tweet after tweet, each read at its word's first piece."""
    input_ids = pad([each.ids for each in batch])
    logits = model(input_ids, (input_ids != 0).long(), torch.zeros_like(input_ids))
    rows = torch.tensor([row for row, each in enumerate(batch) for _ in each.places], dtype=torch.long)
    places = torch.tensor([place for each in batch for place in each.places], dtype=torch.long)
    return torch.as_tensor(logits[rows, places]).float()


@torch.no_grad()
def measure_tagger(model: Tagger, encoded: Sequence[Encoded], tweets: Sequence[TaggedTweet]) -> dict[str, float]:
    """Loss (nats per word), span F1 of each corpus on its own tokens and types, and `f1`, the mean over the corpora."""
    model.eval()
    order = sorted(range(len(tweets)), key=lambda row: len(encoded[row].ids))
    answers: list[list[str]] = [[] for _ in tweets]
    losses: list[float] = []
    words: list[int] = []
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        logits = word_logits(model, [encoded[row] for row in rows])
        losses.append(float(tag_loss(logits, torch.cat([encoded[row].allowed for row in rows]))))
        words.append(len(logits))
        parts = logits.argmax(dim=1).split([len(encoded[row].kept) for row in rows])
        for row, part in zip(rows, parts, strict=True):
            answers[row] = tweets[row].to_tokens(_word_tags(encoded[row], part.tolist(), len(tweets[row].words)))
    figures = {"loss": float(np.average(losses, weights=words))}
    names = {tweet.corpus.name: tweet.corpus for tweet in tweets}
    for name, corpus in names.items():
        own = [row for row, tweet in enumerate(tweets) if tweet.corpus.name == name]
        truth = [decode_spans(tweets[row].truth) for row in own]
        found = [corpus.as_reported(decode_spans(answers[row])) for row in own]
        figures[f"{name}_f1"] = span_f1(count_spans(truth, found, corpus.reported))
    return figures | {"f1": float(np.mean([figures[f"{name}_f1"] for name in names]))}


def _word_tags(encoded: Encoded, classes: Sequence[int], words: int) -> list[str]:
    tags = [OUTSIDE] * words
    for word, place in zip(encoded.kept, classes, strict=True):
        tags[word] = TAGS[place]
    return tags
