"""One line of JSON -> its tweet objects and notices: v2 pages, stream lines, flattened tweets, v1.1 and their notices.

Only pages are split; every other line is passed on byte for byte. Anything else is `unknown` and never dropped.
"""

import json
from collections.abc import Iterator
from typing import Any

from pipelines.sources.archive.pages import Object, split_page, to_bytes
from pipelines.sources.archive.record import COMPLIANCE, TWEET, Piece

# v1.1 notices are at the top level; those of v2's compliance streams, and ours in that form, under `data`.
NOTICES = frozenset(
    (
        *("delete", "scrub_geo", "status_withheld", "user_withheld", "drop", "undrop", "withheld", "tweet_edit"),
        *("user_delete", "user_undelete", "user_protect", "user_unprotect", "user_suspend", "user_unsuspend"),
        *("user_profile_modification", "tweet_protect", "tweet_suspend"),
    )
)
_FLAT_FIELDS = ("author_id", "author", "public_metrics", "edit_history_tweet_ids", "edit_history_post_ids", "__twarc")
_MAX_TAG, _MAX_TAGS = 128, 100
_PAGE_FIELDS = {"data", "includes", "errors", "meta"}


def split_line(line: bytes) -> list[Piece]:
    """Return the pieces of one line; none for a search page without results."""
    try:
        return list(split_value(json.loads(line.decode("utf-8", "replace")), line))
    except (ValueError, RecursionError):
        # Nesting that can just be read may be too deep to be written again: the line is passed on whole.
        return [Piece(line, None, "unknown")]


def split_value(value: Any, line: bytes | None = None) -> Iterator[Piece]:
    """Yield the pieces of a parsed value; `line` has its bytes as received, None when they must be written again."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for one in value:
            yield from split_value(one)
    elif isinstance(value, dict) and _is_page(value):
        yield from _page_pieces(value)
    elif isinstance(value, dict):
        yield _single(value, to_bytes(value) if line is None else line)
    else:
        yield Piece(to_bytes(value) if line is None else line, None, "unknown")


def _is_page(value: Object) -> bool:
    empty = "meta" in value and "data" not in value and value.keys() <= _PAGE_FIELDS
    return empty or isinstance(value.get("data"), list)


def _page_pieces(page: Object) -> Iterator[Piece]:
    if "data" in page:
        rules = _rules(page)
        for payload, tweet in split_page(page):
            yield Piece(payload, _id(tweet), "v2" if tweet else "unknown", TWEET, rules)


def _single(value: Object, line: bytes) -> Piece:
    inner = value.get("data")
    for candidate in (value, inner):
        if isinstance(candidate, dict) and (notice := _notice(candidate)):
            return Piece(line, _notice_key(notice), value_format(value), COMPLIANCE, _rules(value))
    if isinstance(inner, dict):
        return Piece(line, _id(inner), "v2", TWEET, _rules(value))
    return Piece(line, _id(value), value_format(value), TWEET, _rules(value))


def value_format(value: Object) -> str:
    """Name the format of an object: v2, v2_flat, v1 or unknown."""
    if isinstance(value.get("data"), dict):
        return "v2"
    if "id_str" in value or isinstance(value.get("user"), dict) or "full_text" in value or _notice(value):
        return "v1"
    if "id" in value and ("text" in value or any(field in value for field in _FLAT_FIELDS)):
        return "v2_flat"
    return "unknown"


def _notice(value: Object) -> Object | None:
    if "id" in value or "id_str" in value or "text" in value:
        return None
    for name, body in value.items():
        if name in NOTICES and isinstance(body, dict):
            return body
    return None


def _notice_key(notice: Object) -> str | None:
    for name in ("status", "tweet", "user"):
        if isinstance(notice.get(name), dict):
            return _id(notice[name])
    return _id(notice) or _text_of(notice.get("user_id_str")) or _text_of(notice.get("user_id"))


def _rules(value: Object) -> tuple[str, ...]:
    """The tags of the matching rules, valid in a header: no comma inside a tag, bounded length and number."""
    matching = value.get("matching_rules")
    rules = matching if isinstance(matching, list) else []
    tags = [rule.get("tag") for rule in rules if isinstance(rule, dict)]
    clean = (tag.replace(",", " ").strip()[:_MAX_TAG] for tag in tags if isinstance(tag, str) and tag.strip())
    return tuple(dict.fromkeys(clean))[:_MAX_TAGS]


def _id(value: Object | None) -> str | None:
    if value is None:
        return None
    return _text_of(value.get("id_str")) or _text_of(value.get("id"))


def _text_of(value: Any) -> str | None:
    """An id as a string, whether it was written as a string or number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:64].strip() or None
