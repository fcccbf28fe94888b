"""/_emulator/: the admin API, which tests and tools use to inspect and control the emulator. No credentials.

GET  state | posts?after=&limit= | connections | searchable?query=&since_id=&until_id= | requests?after= | faults
POST post {fields of data, "users": [..], ..} | posts [..] | play {rate, count} | events {kind, id, ..}
     clock {advance_seconds, speed} | faults {kind, on, times, seconds, ..} | limits {}
DELETE faults[/{id}]
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.errors import BadInput
from stack.x_emulator.checking import errors_of, has_text_term
from stack.x_emulator.clock import first_id, iso, moment_of
from stack.x_emulator.contract import Json, table
from stack.x_emulator.language import parse
from stack.x_emulator.matching import compile_matcher
from stack.x_emulator.player import Player
from stack.x_emulator.posts import Post
from stack.x_emulator.readers import Notice, items_of
from stack.x_emulator.world import World

PREFIX = "/_emulator"
MAX_ROWS = 5_000
POSTS_PER_TURN = 1_000
Action = Callable[[World, Player, Request], Awaitable[Json]]


def admin_routes(world: World, player: Player) -> list[Route]:
    """The routes of the admin API."""
    return [
        Route(PREFIX + path, partial(_answer, action, world, player), methods=[method])
        for method, path, action in (
            ("GET", "/state", _state),
            ("GET", "/posts", _posts),
            ("GET", "/connections", _connections),
            ("GET", "/searchable", _searchable),
            ("GET", "/requests", _requests),
            ("GET", "/faults", _list_faults),
            ("POST", "/posts", _publish),
            ("POST", "/play", _play),
            ("POST", "/events", _event),
            ("POST", "/clock", _set_clock),
            ("POST", "/faults", _add_fault),
            ("POST", "/limits", _reset_limits),
            ("DELETE", "/faults", _cancel_faults),
            ("DELETE", "/faults/{number}", _cancel_faults),
        )
    ]


async def _answer(action: Action, world: World, player: Player, request: Request) -> Response:
    try:
        return JSONResponse(await action(world, player, request))
    except (ValueError, KeyError, TypeError, BadInput) as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)


async def _state(world: World, player: Player, request: Request) -> Json:
    return {
        "now": world.clock.now(),
        "speed": world.clock.speed,
        "rate": player.rate,
        "played": player.played,
        "posts": len(world.store),
        "rules": len(world.rules.listed),
        "open": len(world.hub.live()),
        "usage": world.usage.month,
    }


async def _posts(world: World, player: Player, request: Request) -> Json:
    """Posts as played: {id, created_at, kind, author_id, rules [{id, tag}], unsearchable: null or reason}."""
    start = int(request.query_params.get("after", 0))
    rows = world.store.at(start, min(MAX_ROWS, int(request.query_params.get("limit", MAX_ROWS))))
    return {"posts": [_row(world, post) for post in rows], "next": start + len(rows), "total": len(world.store)}


async def _connections(world: World, player: Player, request: Request) -> Json:
    """Every connection since the start, with the ids of the posts whose complete line was sent."""
    with_ids = request.query_params.get("ids", "true") == "true"
    rows = [
        each.row()
        | {"sent_count": len(each.sent), "lost_count": each.lost, "is_open": each.closed_at is None}
        | ({"sent": [str(post_id) for post_id in each.sent]} if with_ids else {})
        for each in world.hub.connections.values()
    ]
    return {"connections": rows}


async def _searchable(world: World, player: Player, request: Request) -> Json:
    """{"found": ids, "hidden": {id: reason}} of the matching posts, oldest first: what recent search returns or not."""
    query = request.query_params["query"]
    errors = errors_of(query, "search", 4096)
    if errors:
        raise ValueError("; ".join(errors))
    matches, is_about_text = compile_matcher(query, "search"), has_text_term(parse(query))
    low = int(request.query_params.get("since_id", 0))
    high = int(request.query_params.get("until_id", first_id(world.clock.now() + 1)))
    found, hidden = [], {}
    for number, post in enumerate(world.store.oldest_first(low, high), 1):
        if matches(post):
            why = world.why_unsearchable(post, is_about_text=is_about_text)
            if why:
                hidden[str(post.id)] = why
            else:
                found.append(str(post.id))
        if number % POSTS_PER_TURN == 0:
            await asyncio.sleep(0)
    return {"found": found, "hidden": hidden}


async def _requests(world: World, player: Player, request: Request) -> Json:
    after = float(request.query_params.get("after", 0))
    return {"requests": [row for row in world.requests if row["at"] > after]}


async def _publish(world: World, player: Player, request: Request) -> Json:
    """Play the payloads at once: one or a list of {"data", "includes"}, or of bare tweets without id."""
    given = await request.json()
    ids = []
    for number, payload in enumerate(given if isinstance(given, list) else [given]):
        whole = payload if "data" in payload else {"data": payload}
        if isinstance(whole["data"], dict) and "text" in whole["data"]:
            whole["data"].setdefault("id", str(world.next_id() + number))
            whole["data"].setdefault("author_id", "4001")
        for item in items_of(whole):
            if isinstance(item, Notice):
                raise ValueError("this is a compliance notice, not a post: send it to `events`")
            ids.append(str(world.publish(item).id))
    return {"ids": ids}


async def _play(world: World, player: Player, request: Request) -> Json:
    given = await request.json()
    player.play(float(given["rate"]), given.get("count"))
    return await _state(world, player, request)


async def _event(world: World, player: Player, request: Request) -> Json:
    given = await request.json()
    subject = str(given.pop("id"))
    post = world.store.get(int(subject)) if given["kind"] in table("contract")["compliance"]["tweet_events"] else None
    if post is not None:
        given.setdefault("author_id", post.author_id)
    return world.record(given.pop("kind"), subject, **given).document


async def _set_clock(world: World, player: Player, request: Request) -> Json:
    given = await request.json()
    if "speed" in given:
        world.clock.set_speed(float(given["speed"]))
    world.clock.advance(float(given.get("advance_seconds", 0)))
    return {"now": world.clock.now(), "speed": world.clock.speed}


async def _list_faults(world: World, player: Player, request: Request) -> Json:
    return {"active": [fault.row() for fault in world.faults.active()], "catalogue": table("faults")}


async def _add_fault(world: World, player: Player, request: Request) -> Json:
    given: dict[str, Any] = await request.json()
    fault = world.faults.add(**given)
    if fault.about["scope"] == "connection":
        world.hub.trigger(fault)
    return fault.row()


async def _cancel_faults(world: World, player: Player, request: Request) -> Json:
    number = request.path_params.get("number")
    world.faults.cancel(int(number) if number else None)
    return {"active": [fault.row() for fault in world.faults.active()]}


async def _reset_limits(world: World, player: Player, request: Request) -> Json:
    world.limits.reset()
    return {}


def _row(world: World, post: Post) -> Json:
    rules = [{"id": str(rule), "tag": tag} for rule, tag in post.rules]
    return {
        "id": str(post.id),
        "created_at": iso(moment_of(post.id)),
        "kind": post.kind,
        "author_id": post.author_id,
        "rules": rules,
        "unsearchable": world.why_unsearchable(post),
    }
