"""Lookup of posts and accounts by id or name, and the usage so far."""

from stack.x_emulator.calls import Answer, Call
from stack.x_emulator.contract import Json, names_of
from stack.x_emulator.posts import Post
from stack.x_emulator.problems import problem

DEFAULT_DAYS = 7


async def tweets(call: Call) -> Answer:
    found, errors = _find(call, call.parameters["ids"], "ids")
    document = call.world.renderer.document(found, call.shape)
    errors += document.pop("errors", [])
    return Answer(document | ({"errors": errors} if errors else {}))


async def tweet(call: Call) -> Answer:
    found, errors = _find(call, [call.parameters["id"]], "id")
    if errors:
        return Answer({"errors": errors})
    return Answer(call.world.renderer.document(found, call.shape, is_list=False))


async def users(call: Call) -> Answer:
    return _users(call, call.parameters["ids"], "ids")


async def users_by(call: Call) -> Answer:
    return _users(call, call.parameters["usernames"], "usernames")


async def user(call: Call) -> Answer:
    return _single(_users(call, [call.parameters["id"]], "id"))


async def user_by(call: Call) -> Answer:
    return _single(_users(call, [call.parameters["username"]], "username"))


async def me(call: Call) -> Answer:
    return _single(_users(call, [call.world.account()["username"]], "username"))


async def usage(call: Call) -> Answer:
    found = call.world.usage.document(call.parameters.get("days", DEFAULT_DAYS), call.spelling)
    wanted = call.parameters.get("usage.fields") or names_of("usage")
    return Answer({"data": {name: value for name, value in found.items() if name in wanted}})


def _find(call: Call, ids: list[str], parameter: str) -> tuple[list[Post], list[Json]]:
    found: list[Post] = []
    errors: list[Json] = []
    for each in dict.fromkeys(ids):
        post = call.world.store.get(int(each))
        why = call.world.compliance.hides(each) if post else "not_found"
        if post and not why:
            found.append(post)
        else:
            place = {"value": each, "resource_type": "tweet", "parameter": parameter, "section": "data"}
            errors.append(problem(why or "not_found", call.spelling, **place))
    call.world.usage.read(post.id for post in found)
    return found, errors


def _users(call: Call, wanted: list[str], parameter: str) -> Answer:
    store, found, errors = call.world.store, [], []
    for each in dict.fromkeys(wanted):
        user_id = store.by_username.get(each.lower(), "") if "username" in parameter else each
        known = store.users.get(user_id)
        why = call.world.compliance.hides_user(user_id) if known else "not_found"
        # X still shows the account of an author who protects their posts.
        if known and why in (None, "not_authorized"):
            found.append(known)
        else:
            place = {"value": each, "resource_type": "user", "parameter": parameter, "section": "data"}
            errors.append(problem(why or "not_found", call.spelling, **place))
    data = call.world.renderer.users(found, call.shape)
    return Answer(({"data": data} if data else {}) | ({"errors": errors} if errors else {}))


def _single(answer: Answer) -> Answer:
    data = answer.document.get("data")
    return Answer({"data": data[0]} if data else answer.document)
