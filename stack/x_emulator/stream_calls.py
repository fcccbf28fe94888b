"""Opening streams (slots, rules, backfill), and the Connections API that ends them."""

from functools import partial

from starlette.types import ASGIApp

from stack.x_emulator.calls import Answer, Call, malformed
from stack.x_emulator.clock import first_id
from stack.x_emulator.contract import Json
from stack.x_emulator.faults import Line
from stack.x_emulator.hub import Connection
from stack.x_emulator.problems import ApiError, invalid
from stack.x_emulator.spell import encode
from stack.x_emulator.stream import StreamResponse
from stack.x_emulator.world import World

DEFAULT_CONNECTIONS = 10


async def stream(call: Call) -> ASGIApp:
    if not call.world.rules.listed:
        raise ApiError("no_rules")
    _require_recovery_access(call)
    _occupy_slot(call, "filtered_stream")
    connection = _connection(call, "filtered_stream")
    response = _open(call, connection)
    connection.put(_missed_posts(call))
    return response


async def compliance_stream(call: Call) -> ASGIApp:
    endpoint = call.endpoint.name
    connection = _connection(call, endpoint)
    response = _open(call, connection)
    low, high = _period(call)
    past = [event for event in call.world.compliance.events if low <= event.at <= high] if low else []
    mine = [event for event in past if (event.endpoint, event.partition) == (endpoint, connection.partition)]
    connection.put([Line(encode(event.document)) for event in mine])
    return response


async def list_connections(call: Call) -> Answer:
    status = call.parameters.get("status", "active")
    rows = [each for each in call.world.hub.connections.values() if _has_status(call, each, status)]
    wanted = call.parameters.get("endpoints")
    rows = [each for each in rows if not wanted or each.endpoint in wanted]
    start = _offset(call.parameters.get("pagination_token"))
    page = rows[start : start + call.parameters.get("max_results", DEFAULT_CONNECTIONS)]
    fields = call.parameters.get("connection.fields")
    always = {"connected_at", "endpoint_name"}
    data = [{k: v for k, v in each.row().items() if not fields or k in fields or k in always} for each in page]
    meta: Json = {"result_count": len(page)}
    if start + len(page) < len(rows):
        meta["next_token"] = str(start + len(page))
    return Answer(({"data": data} if data else {}) | {"meta": meta})


async def end_connections(call: Call) -> Answer:
    body = call.json()
    uuids = body.get("uuids")
    if set(body) != {"uuids"} or not isinstance(uuids, list) or not 1 <= len(uuids) <= 100:
        raise malformed(uuids=uuids if isinstance(uuids, list) else [uuids])
    return _end(call, [str(each) for each in uuids])


async def end_all_connections(call: Call) -> Answer:
    return _end(call, [each.id for each in call.world.hub.connections.values() if _has_status(call, each, "active")])


async def end_endpoint_connections(call: Call) -> Answer:
    taken = call.world.hub.taken(call.parameters["endpoint_id"])
    return _end(call, [each.id for each in taken])


def _has_status(call: Call, connection: Connection, status: str) -> bool:
    is_active = connection in call.world.hub.taken(connection.endpoint)
    return status == "all" or is_active == (status == "active")


def _end(call: Call, uuids: list[str]) -> Answer:
    known = call.world.hub.connections
    ended = [known[each] for each in uuids if each in known]
    call.world.hub.end(ended, "operator_disconnect")
    results: list[Json] = [
        {"uuid": each, "success": True}
        if each in known
        else {"uuid": each, "success": False, "error_message": "unknown"}
        for each in uuids
    ]
    data = {"successful_kills": len(ended), "failed_kills": len(uuids) - len(ended), "results": results}
    return Answer({"data": data})


def _require_recovery_access(call: Call) -> None:
    asked = [name for name in ("backfill_minutes", "start_time", "end_time") if call.parameters.get(name)]
    if asked and not call.world.tier["backfill"]:
        message = f"`{asked[0]}` is not available at your level of access"
        raise invalid(message, **{asked[0]: call.request.query_params[asked[0]]})


def _occupy_slot(call: Call, endpoint: str) -> None:
    hub, limit = call.world.hub, call.world.tier["connections"]
    taken = hub.taken(endpoint)
    if len(taken) < limit:
        return
    if call.world.options.second_connection == "reject":
        raise ApiError("too_many_connections")
    hub.end(taken[: len(taken) - limit + 1], "replaced_by_new_connection")


def _connection(call: Call, endpoint: str) -> Connection:
    client = call.request.client
    partition = call.parameters.get("partition", 0)
    shape = call.shape if endpoint == "filtered_stream" else None
    return Connection(endpoint, client.host if client else "", shape, partition, call.world.clock.now())


def _open(call: Call, connection: Connection) -> ASGIApp:
    world = call.world
    world.hub.open(connection)
    return StreamResponse(
        connection,
        world.clock,
        world.options.keep_alive_seconds,
        call.headers,
        partial(_close, world, connection),
        is_zipped="gzip" in call.request.headers.get("accept-encoding", ""),
    )


def _close(world: World, connection: Connection, reason: str) -> None:
    """Close the connection; only after a disconnect by the client does its slot stay occupied."""
    by_client = reason == "client_disconnect"
    if not by_client:
        connection.release_seconds = 0.0
    world.hub.close(connection, reason, world.options.slot_release_seconds if by_client else 0.0)


def _period(call: Call) -> tuple[float, float]:
    """The period of past posts or events to send, in seconds since 1970; starts at 0 if none was asked for."""
    given, now = call.parameters, call.world.clock.now()
    if given.get("backfill_minutes"):
        # + 1: a post of this millisecond was played before the stream opened.
        return now - 60 * given["backfill_minutes"], now + 1
    return given.get("start_time", 0.0), given.get("end_time", now)


def _missed_posts(call: Call) -> list[Line]:
    low, high = _period(call)
    if not low:
        return []
    world = call.world
    posts = [post for post in world.store.oldest_first(first_id(low) - 1, first_id(high)) if post.rules]
    shown = [post for post in posts if world.why_hidden(post) is None]
    world.usage.read(post.id for post in shown)
    return [Line(encode(world.renderer.line(post, call.shape)), post.id) for post in shown]


def _offset(token: str | None) -> int:
    if token is not None and not token.isdigit():
        raise invalid(f"Invalid pagination_token [{token}]", pagination_token=token)
    return int(token or 0)
