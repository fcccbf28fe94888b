"""One JSON value -> its tweet objects and notices, in every wrapper that X and other tools put around them.

X v2 pages; stream lines; flattened tweets; v1.1 tweets, search answers (`statuses`), premium answers (`results`),
look-up maps and site-stream envelopes; `{"tweets": …}`; X's own archive; notices; tables as JSON. Only wrappers are
split; any other line is passed on byte for byte. What is none of these is `unknown` and never dropped.
"""

import json
from collections.abc import Iterator
from typing import Any

from pipelines.sources.archive.cleaning import clean_tweet, unwrap_types
from pipelines.sources.archive.faults import fault_of
from pipelines.sources.archive.notices import (
    STREAM_MESSAGES,
    edit_notice,
    id_of,
    notice_key,
    notice_of,
    withheld_notice,
)
from pipelines.sources.archive.pages import Object, split_page, to_bytes
from pipelines.sources.archive.record import COMPLIANCE, TWEET, Piece
from pipelines.sources.archive.tables.frames import table_payload
from pipelines.sources.archive.wrappers import (
    MAX_DEPTH,
    Source,
    included_tweets,
    is_error,
    is_page,
    is_row,
    is_user,
    is_users_file,
    is_v2_tweet,
    parsed,
    tweets_inside,
    unwrapped,
    value_format,
)

_MAX_TAG, _MAX_TAGS = 128, 100


def split_line(line: bytes) -> list[Piece]:
    """Return the pieces of one line; none for a search page without results."""
    try:
        return list(split_value(json.loads(line.decode("utf-8", "replace")), line))
    except (ValueError, RecursionError):
        # Nesting that can just be read may be too deep to be written again: the line is passed on whole.
        return [unreadable(line)]


def unreadable(line: bytes, size: int | None = None, tweets: int = 0) -> Piece:
    """The piece of a text that is no JSON; `tweets` of them seem to be in it."""
    is_python = line.lstrip().startswith((b"{'", b"[{'"))
    reason = "too_large" if size else "python_literal" if is_python else "not_json"
    return Piece(line, None, "unknown", size=size, reason=reason, tweets=tweets)


def split_value(
    value: Any,
    line: bytes | None = None,
    source: Source = Source(),  # noqa: B008 - immutable
    *,
    has_types: bool = False,
) -> Iterator[Piece]:
    """Yield the pieces of a parsed value; `line` has its bytes as received, None when they must be written again.

    `has_types`: it may have MongoDB's types.
    """
    if has_types:
        unwrapped = unwrap_types(value)
        value, line = unwrapped, line if unwrapped == value else None
    if line is not None and (b"NaN" in line or b"Infinity" in line):
        line = None
    yield from _split(value, line, source, 0)


def _split(value: Any, line: bytes | None, source: Source, depth: int) -> Iterator[Piece]:
    if isinstance(value, str) and depth < MAX_DEPTH and (inner := parsed(value)) is not None:
        yield from _split(inner, None, source, depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH and (not value or any(_may_hold_tweets(one) for one in value)):
        for one in value:
            yield from _split(one, None, source, depth + 1)
    elif isinstance(value, dict):
        yield from _object_pieces(value, line, source, depth)
    else:
        is_ids = isinstance(value, list) and all(str(one).isdecimal() and int(one) > 2**32 for one in value)
        body = to_bytes(value) if line is None else line
        yield Piece(body, None, "unknown", reason="ids_only" if is_ids else "not_an_object")


def _may_hold_tweets(value: Any) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, str) and parsed(value) is not None)


def _object_pieces(value: Object, line: bytes | None, source: Source, depth: int) -> Iterator[Piece]:
    """An object: a notice, a wrapper, a tweet, a table's row, an account, or unknown."""
    notice = notice_of(value)
    if notice is not None:
        body = to_bytes(value) if line is None else line
        yield Piece(body, notice_key(notice), value_format(value), COMPLIANCE, _rules(value))
        return
    inside = unwrapped(value, source) if depth < MAX_DEPTH else None
    if inside is not None:
        for one in inside:
            yield from _split(one, None, source, depth + 1)
    elif is_page(value):
        yield from _page_pieces(value, source, depth)
    elif value_format(value) != "unknown" and not is_user(value) and not is_row(value):
        yield from _tweet_pieces(value, line, value_format(value), _rules(value), source)
    else:
        yield from _other_pieces(value, line, source, depth)


def _page_pieces(page: Object, source: Source, depth: int) -> Iterator[Piece]:
    data = page.get("data")
    tweets = data if isinstance(data, list) else [] if data is None else [data]
    if not any(isinstance(one, dict) and is_v2_tweet(one) for one in tweets) and (included := included_tweets(page)):
        tweets = included  # those that accounts have pinned, or all that is left of a page
    others = [one for one in tweets if isinstance(one, dict) and not is_v2_tweet(one)]
    if others and all(isinstance(one, dict) and is_user(one) for one in others) and len(others) == len(tweets):
        yield Piece(to_bytes(page), None, "unknown", reason="users_only")
        return
    if others and len(others) == len(tweets) and all("tweet_count" in one for one in others):
        yield Piece(to_bytes(page), None, "unknown", reason="tweet_counts")
        return
    rules = _rules(page)
    for payload, tweet in split_page(page | {"data": [one for one in tweets if one not in others]}):
        if tweet is None:
            yield Piece(payload, None, "unknown", TWEET, rules, reason="not_an_object")
        else:
            yield from _tweet_pieces(json.loads(payload), payload, "v2", rules, source)
    for one in others:
        yield from _split(one, None, source, depth + 1)


def _tweet_pieces(
    value: Object, line: bytes | None, form: str, rules: tuple[str, ...], source: Source
) -> Iterator[Piece]:
    inner = value.get("data")
    tweet: Object = inner if isinstance(inner, dict) else value
    if (notice := withheld_notice(tweet)) is not None:
        yield Piece(notice, id_of(tweet), "v2", COMPLIANCE, rules)
        return
    reason, is_changed = clean_tweet(tweet)
    is_joined = _join_author(value, tweet, source)
    body = to_bytes(value) if line is None or is_changed or is_joined else line
    yield Piece(body, id_of(tweet), form, TWEET, rules, reason=reason or fault_of(value, source.limits))
    if (edit := edit_notice(tweet)) is not None:
        yield Piece(edit, id_of(tweet), "v2", COMPLIANCE, rules)


def _join_author(value: Object, tweet: Object, source: Source) -> bool:
    """Add the author from the file of accounts that belongs to this one."""
    user = source.users.get(str(tweet.get("author_id")))
    if user is None or "includes" in value or "author" in value:
        return False
    if tweet is value:
        value["author"] = user
    else:
        value["includes"] = {"users": [user]}
    if source.reading is not None:
        source.reading.users += 1
    return True


def _other_pieces(value: Object, line: bytes | None, source: Source, depth: int) -> Iterator[Piece]:
    """A row of a table, an account, a message of the stream; else the tweets inside, however deep."""
    body = to_bytes(value) if line is None else line
    if (made := table_payload(value)) is not None:
        if source.reading is not None:
            source.reading.handle_authors += made.is_handle_author
            source.reading.made_ids += made.is_made_id
        reason = made.reason or fault_of(made.payload, source.limits)
        yield Piece(to_bytes(made.payload), made.payload["data"].get("id"), "csv", TWEET, reason=reason)
    elif is_user(value) or is_users_file(value):
        yield Piece(body, None, "unknown", reason="users_only")
    elif value.keys() & STREAM_MESSAGES and len(value) < 3:
        yield Piece(body, None, "unknown", reason="stream_message")
    elif depth < MAX_DEPTH and (found := list(tweets_inside(value, 0))):
        for one in found:
            yield from _split(one, None, source, depth + 1)
    elif is_error(value):
        yield Piece(body, None, "unknown", reason="error_message")
    else:
        reason = fault_of(value, source.limits) or "not_a_tweet"
        yield Piece(body, id_of(value), "unknown", TWEET, _rules(value), reason=reason)


def _rules(value: Object) -> tuple[str, ...]:
    """The tags of the matching rules, valid in a header: no comma inside a tag, bounded length and number."""
    matching = value.get("matching_rules")
    rules = matching if isinstance(matching, list) else []
    tags = [rule.get("tag") for rule in rules if isinstance(rule, dict)]
    clean = (tag.replace(",", " ").strip()[:_MAX_TAG] for tag in tags if isinstance(tag, str) and tag.strip())
    return tuple(dict.fromkeys(clean))[:_MAX_TAGS]
