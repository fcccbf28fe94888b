"""The writing style of an author: case, punctuation, abbreviations, typos, stretched words."""

import re
from random import Random

from generator.authors import Author

_SHORT = {
    "you": "u", "your": "ur", "are": "r", "please": "pls", "because": "cos", "people": "ppl", "really": "rly",
    "to be honest": "tbh", "though": "tho", "tomorrow": "tmrw", "thanks": "thx", "with": "w/", "something": "smth",
    "going to": "gonna", "want to": "wanna", "minutes": "mins", "hours": "hrs", "customer service": "CS",
}  # fmt: skip
_STRETCH = re.compile(
    r"\b(so|no|why|please|love|yes|really|best|never|still|hello|wow|ugh|great|way|hours)\b", re.IGNORECASE
)
_WORD = re.compile(r"(?<![@#/\w.:£$€])[a-z]{4,}(?![\w@/:])")
_OPEN = frozenset(("but", "if", "how", "know", "say", "why", "that", "because"))
_JOINS = {
    "plain": (". ", ". ", ", ", " - "),
    "loose": (" ", ", ", "... ", " ", ".. "),
    "loud": ("! ", "!! ", ". ", "?! ", "\n"),
    "tidy": (". ", ". ", "; ", ".\n\n"),
}


def join(rng: Random, author: Author, parts: list[str]) -> str:
    """The parts as one text, in the author's punctuation."""
    manner = "tidy" if author.care > 0.75 else "plain" if author.care > 0.45 else rng.choice(("loose", "loud", "plain"))
    text = ""
    for part in (" ".join(part.split()) for part in parts):
        if not text:
            text = part
        elif text[-1] in ",:" or text.rsplit(" ", 1)[-1] in _OPEN:
            text += " " + part
        elif text[-1] in ".?!":
            text += " " + _capital(part)
        elif part[0] == "#":
            text += " " + part
        else:
            glue = rng.choice(_JOINS[manner])
            text += glue + (_capital(part) if glue[0] in ".!?\n" else part)
    if parts[-1][0] == "#" or "https://" in parts[-1]:
        return text
    if manner in ("tidy", "plain") and text[-1].isalnum() and rng.random() < 0.7:
        text += "."
    elif manner == "loud" and text[-1].isalnum():
        text += rng.choice(("!", "!!", "", "!!!"))
    return text


def roughen(rng: Random, author: Author, text: str, heat: float) -> str:
    """``text`` in the author's style; ``heat`` (0..1) makes capitals and stretched words more likely."""
    if author.casing == "sentence":
        text = _capital(text)
    elif author.casing == "lower":
        text = _lower(text)
    if author.care < 0.4 and rng.random() < 0.5:
        text = _shorten(rng, text)
    if rng.random() < 0.25 * (1 - author.care):
        text = _slip(rng, text)
    if rng.random() < 0.14 * heat:
        text = _STRETCH.sub(lambda found: _stretch(rng, found[0]), text, count=1)
    if rng.random() < 0.07 * heat:
        text = _shout(rng, text)
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_KEEP = re.compile(r"([@#]\w+|https?://\S+|\S+@\S+)")


def _lower(text: str) -> str:
    return "".join(part if _KEEP.fullmatch(part) else part.lower() for part in _KEEP.split(text))


def _shout(rng: Random, text: str) -> str:
    parts = _KEEP.split(text)
    if rng.random() < 0.4:
        return "".join(part if _KEEP.fullmatch(part) else part.upper() for part in parts)
    words = text.split(" ")
    place = rng.randrange(len(words))
    words[place] = words[place] if _KEEP.fullmatch(words[place]) else words[place].upper()
    return " ".join(words)


def _shorten(rng: Random, text: str) -> str:
    for long, short in _SHORT.items():
        if long in text and rng.random() < 0.6:
            text = re.sub(rf"\b{long}\b", short, text)
    return text.replace("'", "") if rng.random() < 0.5 else text


def _slip(rng: Random, text: str) -> str:
    found = list(_WORD.finditer(text))
    if not found:
        return text
    word = rng.choice(found)
    letters = list(word[0])
    place = rng.randrange(1, len(letters) - 1)
    slip = rng.randrange(3)
    if slip == 0:
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    elif slip == 1:
        del letters[place]
    else:
        letters.insert(place, letters[place])
    return text[: word.start()] + "".join(letters) + text[word.end() :]


def _stretch(rng: Random, word: str) -> str:
    place = next((i for i in range(len(word) - 1, -1, -1) if word[i].lower() in "aeiouy"), len(word) - 1)
    return word[:place] + word[place] * rng.randint(2, 5) + word[place:]
