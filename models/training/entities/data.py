"""Training tweets of the entity annotator: WNUT-17, Broad Twitter Corpus and Tweebank in one set of types.

The corpora annotate different types, so a word's target is the *set* of tags that its corpus allows, and the loss only
asks that their probabilities add up to one. Broad Twitter Corpus annotates no product and no other: its O means "O,
product or other". Tweebank's MISC means "product or other"; reports count it as other.

Words are what the model sees in production: each token masked and spaced by the normaliser. A mention is `@ user`
and no entity. Broad Twitter Corpus writes most mentions as two tokens, `@` and the handle, and annotates both as
entities; our masking never produces that form, so it is trained on unchanged, and reported with and without.
WNUT-16 is left out because its tweets are those of WNUT-17.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.annotation.spans import ENTITY_TYPES, OUTSIDE, TAGS, Span
from models.annotation.text.normaliser import normalise_text
from runtime.errors import BadInput, MissingPrerequisite

SELECTION_ONE_IN = 20
_ADDRESS = re.compile("URL[0-9]+")  # Tweebank's placeholder
_HANDLE = re.compile("[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Corpus:
    """One annotated set: its files, their number of tab-separated columns, and what its types mean in ours.

    A report counts a type as the first of its meanings; a type of ours that is no type's meaning is not annotated.
    """

    name: str
    train: Path
    dev: Path
    columns: int
    types: Mapping[str, tuple[str, ...]]

    @property
    def reported(self) -> tuple[str, ...]:
        """Our types that a report on this set distinguishes."""
        return tuple(kind for kind in ENTITY_TYPES if kind in {meant[0] for meant in self.types.values()})

    def allowed(self, tag: str) -> tuple[int, ...]:
        """The class ids that this tag of the set allows for a word."""
        if tag == OUTSIDE:
            known = {kind for meant in self.types.values() for kind in meant}
            return tuple(place for place, ours in enumerate(TAGS) if ours.partition("-")[2] not in known)
        prefix, _, kind = tag.partition("-")
        return tuple(TAGS.index(f"{prefix}-{meant}") for meant in self.types[kind])

    def common(self, tag: str) -> str:
        """The tag in our types that a report counts this tag as."""
        prefix, _, kind = tag.partition("-")
        return tag if tag == OUTSIDE else f"{prefix}-{self.types[kind][0]}"

    def as_reported(self, spans: Iterable[Span]) -> list[Span]:
        """Predicted spans in the types that a report on this set distinguishes."""
        joined = {kind: meant[0] for meant in self.types.values() for kind in meant}
        return [replace(span, type=joined.get(span.type, span.type)) for span in spans]


WNUT17 = Corpus(
    "wnut17",
    Path("ner/wnut17_train.conll.gz"),
    Path("ner/wnut17_dev.conll.gz"),
    2,
    {
        "person": ("person",),
        "location": ("location",),
        "group": ("organisation",),
        "corporation": ("organisation",),
        "product": ("product",),
        "creative-work": ("other",),
    },
)
_NEWS_TYPES = {"PER": ("person",), "LOC": ("location",), "ORG": ("organisation",)}
BTC = Corpus("btc", Path("ner/btc_train.conll.gz"), Path("ner/btc_dev.conll.gz"), 2, _NEWS_TYPES)
TWEEBANK = Corpus(
    "tweebank",
    Path("ner/tweebank_train.bio.gz"),
    Path("ner/tweebank_dev.bio.gz"),
    4,
    _NEWS_TYPES | {"MISC": ("other", "product")},
)
CORPORA = (WNUT17, BTC, TWEEBANK)


@dataclass(frozen=True)
class TaggedTweet:
    """One annotated tweet: the set's tokens with its own tags, and the words that the model sees.

    `owners` has for each word the number of the token that it came from; a token of invisible characters has no word.
    """

    corpus: Corpus
    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    words: tuple[str, ...]
    owners: tuple[int, ...]

    @property
    def text(self) -> str:
        """The words joined by blanks; tweets with the same text are one."""
        return " ".join(self.words)

    @property
    def truth(self) -> list[str]:
        """The tag of each token in our types."""
        return [self.corpus.common(tag) for tag in self.tags]

    @property
    def targets(self) -> list[tuple[int, ...]]:
        """The class ids allowed for each word: the first word of a B- token begins it, its others continue."""
        firsts = [place == 0 or self.owners[place - 1] != owner for place, owner in enumerate(self.owners)]
        tags = (self.tags[owner] for owner in self.owners)
        return [
            self.corpus.allowed(tag if first else tag.replace("B-", "I-", 1))
            for tag, first in zip(tags, firsts, strict=True)
        ]

    def to_tokens(self, word_tags: Iterable[str]) -> list[str]:
        """Tags of the words -> tags of the tokens: that of the token's first word; O for a token without words."""
        found = [OUTSIDE] * len(self.tokens)
        for owner, tag in reversed(list(zip(self.owners, word_tags, strict=True))):
            found[owner] = tag
        return found


@dataclass(frozen=True)
class EntityRows:
    """Tweets to train on, held-out tweets to choose on, dev tweets by corpus for the report; the files' sha256."""

    train: list[TaggedTweet]
    selection: list[TaggedTweet]
    dev: dict[str, list[TaggedTweet]]
    file_hashes: dict[str, str]


def read_entity_rows(folder: Path, corpora: Iterable[Corpus] = CORPORA) -> EntityRows:
    """All tweets under `folder` (the layout of the data folder's README), each text once; no dev text is trained on.

    The selection slice is one in SELECTION_ONE_IN of the train texts, by the text's sha256.
    """
    sets = list(corpora)
    dev = {each.name: read_tweets(folder / each.dev, each) for each in sets}
    held_out = {tweet.text for tweets in dev.values() for tweet in tweets}
    texts: dict[str, TaggedTweet] = {}
    for each in sets:
        for tweet in read_tweets(folder / each.train, each, complete=True):
            if tweet.text and tweet.text not in held_out:
                texts.setdefault(tweet.text, tweet)
    selection = [tweet for text, tweet in texts.items() if is_selection(text)]
    train = [tweet for text, tweet in texts.items() if not is_selection(text)]
    files = [path for each in sets for path in (each.train, each.dev)]
    return EntityRows(train, selection, dev, _sha256_by_name(folder / path for path in files))


def is_selection(text: str) -> bool:
    """Whether a train text belongs to the selection slice."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % SELECTION_ONE_IN == 0


def read_tweets(path: Path, corpus: Corpus, *, complete: bool = False) -> list[TaggedTweet]:
    """The tweets of one file. BadInput names the line of a missing column, an unknown tag or a wrong encoding.

    `complete` also rejects a file that ends without an entity of each of the corpus' types.
    """
    tweets: list[TaggedTweet] = []
    rows: list[tuple[str, str]] = []
    last = 0
    for last, line in _numbered_lines(path):
        if not line.strip():
            tweets += [_tagged(corpus, rows)] if rows else []
            rows = []
        elif not line.startswith("-DOCSTART-"):
            rows += _row(line, corpus, f"{path.name} line {last}")
    tweets += [_tagged(corpus, rows)] if rows else []
    seen = {tag.partition("-")[2] for tweet in tweets for tag in tweet.tags}
    absent = [kind for kind in corpus.types if kind not in seen]
    if absent and complete:
        raise BadInput(f"{path.name} line {last}: the file ends without an entity of type {', '.join(absent)}")
    return tweets


def without_mentions(tweet: TaggedTweet) -> TaggedTweet:
    """The tweet as production sees it: `@` and the handle after it are the words `@ user`, and no entity."""
    tokens, tags = list(tweet.tokens), list(tweet.tags)
    for place in range(len(tokens) - 1):
        if tokens[place] == "@" and _HANDLE.fullmatch(tokens[place + 1]):
            tokens[place + 1] = "user"
            tags[place : place + 2] = [OUTSIDE, OUTSIDE]
    return _tagged(tweet.corpus, zip(tokens, tags, strict=True))


def _row(line: str, corpus: Corpus, place: str) -> list[tuple[str, str]]:
    """(token, tag) of a line; nothing for the empty tokens of Broad Twitter Corpus."""
    columns = line.split("\t")
    if len(columns) != corpus.columns:
        raise BadInput(f"{place}: {len(columns)} tab-separated columns where {corpus.columns} are expected")
    prefix, _, kind = columns[-1].partition("-")
    if columns[-1] != OUTSIDE and (prefix not in ("B", "I") or kind not in corpus.types):
        raise BadInput(f"{place}: tag {columns[-1]!r} is neither O nor B- or I- with one of {', '.join(corpus.types)}")
    return [(columns[0], columns[-1])] if columns[0].strip() else []


def _tagged(corpus: Corpus, rows: Iterable[tuple[str, str]]) -> TaggedTweet:
    tokens, tags = zip(*rows, strict=True)
    shown = [normalise_text(_ADDRESS.sub("http", token)) for token in tokens]
    words = [(word, owner) for owner, text in enumerate(shown) for word in text.split(" ") if word]
    return TaggedTweet(corpus, tokens, tags, tuple(word for word, _ in words), tuple(owner for _, owner in words))


def _sha256_by_name(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    if not path.exists():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder with ner/")
    number = 0
    try:
        with gzip.open(path) as lines:
            for number, line in enumerate(lines, start=1):
                yield number, line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} line {number}: not UTF-8") from None
    except (gzip.BadGzipFile, EOFError):
        raise BadInput(f"{path.name} line {number + 1}: not gzip, or cut short") from None
