"""Recent search, counts and mentions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

from stack.x_emulator.calls import Answer, Call
from stack.x_emulator.checking import errors_of, has_text_term
from stack.x_emulator.clock import first_id, iso, moment_of
from stack.x_emulator.contract import Json
from stack.x_emulator.language import parse
from stack.x_emulator.matching import compile_matcher
from stack.x_emulator.posts import Post
from stack.x_emulator.problems import invalid, problem

DEFAULT_RESULTS = {"search": 10, "mentions": 10}
LATEST_SECONDS = 10
POSTS_PER_TURN = 500
"""Posts that are checked before the event loop serves the streams."""
GRANULARITY_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


async def search(call: Call) -> Answer:
    keep = query_filter(call)
    low, high = _bounds(call)
    size = call.parameters.get("max_results", DEFAULT_RESULTS["search"])
    page = [post async for post in _matching(call, keep, low, _below(call, high), size + 1)]
    return _page(call, page[:size], has_more=len(page) > size)


async def mentions(call: Call) -> Answer:
    user = call.world.store.users.get(call.parameters["id"])
    if user is None:
        place = {"resource_type": "user", "parameter": "id", "value": call.parameters["id"]}
        return Answer({"errors": [problem("not_found", call.spelling, **place)]})
    names = {user["id"], str(user.get("username", "")).lower()}
    has_retweets = call.world.options.mentions_have_retweets

    def keep(post: Post) -> bool:
        is_wanted = bool(post.features.mentions & names) and (has_retweets or "retweet" not in post.features.kinds)
        return is_wanted and call.world.why_hidden(post) is None

    limit = call.world.options.max_mentions
    recent = [post async for post in _matching(call, keep, 0, first_id(call.world.clock.now() + 1), limit)]
    low, high = _bounds(call, is_search=False)
    high = _below(call, high)
    size = call.parameters.get("max_results", DEFAULT_RESULTS["mentions"])
    page = [post for post in recent if low < post.id < high]
    found = _page(call, page[:size], has_more=len(page) > size)
    if call.parameters.get("pagination_token") and page:
        found.document["meta"]["previous_token"] = _token(max(post.id for post in recent) + 1)
    return found


async def counts(call: Call) -> Answer:
    keep = query_filter(call)
    low, high = _bounds(call)
    seconds = GRANULARITY_SECONDS[call.parameters.get("granularity", "hour")]
    starts, ends = max(moment_of(low + 1), moment_of(call.world.oldest_searchable())), moment_of(high)
    edges = [starts, *range((int(starts) // seconds + 1) * seconds, int(ends) + 1, seconds), ends]
    found = dict.fromkeys(edges[:-1], 0)
    total = 0
    async for post in _matching(call, keep, low, high, len(call.world.store)):
        at = moment_of(post.id)
        bucket = max(starts, at // seconds * seconds)
        found[bucket] = found.get(bucket, 0) + 1
        total += 1
    kind = "tweet" if call.spelling == "2.166" else "post"
    rows = [
        {"end": iso(end), "start": iso(start), f"{kind}_count": found[start]}
        for start, end in pairwise(edges)
        if end > start
    ]
    return Answer(({"data": rows} if rows else {}) | {"meta": {f"total_{kind}_count": total}})


def query_filter(call: Call) -> Callable[[Post], bool]:
    """A function that returns whether search returns a post. Raises ApiError 400 for an invalid query."""
    query = call.parameters["query"]
    errors = errors_of(query, "search", call.world.tier["query_characters"])
    if errors:
        raise invalid("There were errors processing your request: " + "; ".join(errors), query=query)
    matches, is_about_text = compile_matcher(query, "search"), has_text_term(parse(query))

    def keep(post: Post) -> bool:
        return matches(post) and call.world.why_unsearchable(post, is_about_text=is_about_text) is None

    return keep


async def _matching(call: Call, keep: Callable[[Post], bool], low: int, high: int, limit: int) -> AsyncIterator[Post]:
    found = 0
    for number, post in enumerate(call.world.store.newest_first(low, high), 1):
        if keep(post):
            found += 1
            yield post
            if found >= limit:
                return
        if number % POSTS_PER_TURN == 0:
            await asyncio.sleep(0)


def _bounds(call: Call, *, is_search: bool = True) -> tuple[int, int]:
    """The exclusive bounds of the ids to search."""
    given, now = call.parameters, call.world.clock.now()
    if is_search:
        _check_window(call, now)
    low = max(int(given.get("since_id", 0)), first_id(given["start_time"]) - 1 if "start_time" in given else 0)
    if is_search:
        low = max(low, call.world.oldest_searchable() - 1)
    latest = now - call.world.options.search_delay_seconds if is_search else now + 1
    high = first_id(given.get("end_time", latest))
    return low, min(high, int(given.get("until_id", high)))


def _check_window(call: Call, now: float) -> None:
    given, oldest = call.parameters, call.world.oldest_searchable()
    if "since_id" in given and int(given["since_id"]) < oldest:
        message = (
            f"'since_id' must be a tweet id created after [{iso(moment_of(oldest))}]. "
            f"Please use a 'since_id' that is larger than {oldest}"
        )
        raise invalid(message, since_id=given["since_id"])
    if "start_time" in given and given["start_time"] < moment_of(oldest):
        start, first = iso(given["start_time"]), iso(moment_of(oldest))
        raise invalid(f"Invalid 'start_time':'{start}'. 'start_time' must be on or after {first}.", start_time=start)
    if "end_time" in given and given["end_time"] > now - LATEST_SECONDS:
        message = (
            f"Invalid 'end_time':'{iso(given['end_time'])}'. 'end_time' must be a minimum of {LATEST_SECONDS} seconds "
            "prior to the request time."
        )
        raise invalid(message, end_time=iso(given["end_time"]))


def _page(call: Call, page: list[Post], *, has_more: bool) -> Answer:
    if not page:
        return Answer({"meta": {"result_count": 0}})
    meta: Json = {"newest_id": str(page[0].id), "oldest_id": str(page[-1].id), "result_count": len(page)}
    if has_more:
        meta["next_token"] = _token(page[-1].id)
    call.world.usage.read(post.id for post in page)
    return Answer(call.world.renderer.document(page, call.shape) | {"meta": meta})


def _below(call: Call, high: int) -> int:
    token = call.parameters.get("next_token") or call.parameters.get("pagination_token")
    if token is None:
        return high
    try:
        return int(token, 36) // 7
    except ValueError:
        raise invalid(f"Invalid next_token [{token}]", next_token=token) from None


def _token(tweet_id: int) -> str:
    """A page token: seven times the id, in base 36."""
    number, text = tweet_id * 7, ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
