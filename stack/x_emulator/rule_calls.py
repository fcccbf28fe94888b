"""/2/tweets/search/stream/rules: list, add, delete, count."""

from typing import Any

from stack.x_emulator.calls import Answer, Call, malformed
from stack.x_emulator.clock import iso
from stack.x_emulator.contract import Json, names_of
from stack.x_emulator.problems import HOST, ApiError
from stack.x_emulator.usage import APP_ID

PAGE = 1000


async def list_rules(call: Call) -> Answer:
    rules = sorted(call.world.rules.listed.values(), key=lambda rule: rule.id)
    wanted = call.parameters.get("ids")
    if wanted:
        rules = [rule for rule in rules if str(rule.id) in wanted]
    start = _offset(call.parameters.get("pagination_token"))
    page = rules[start : start + call.parameters.get("max_results", PAGE)]
    meta: Json = {"sent": iso(call.world.clock.now())} if call.spelling == "2.166" else {}
    meta["result_count"] = len(page)
    if start + len(page) < len(rules):
        meta["next_token"] = f"{start + len(page):016x}"
    data = {"data": [rule.document() for rule in page]} if page else {}
    return Answer(data | {"meta": meta})


async def change_rules(call: Call) -> Answer:
    is_dry = call.parameters.get("dry_run", False)
    if call.parameters.get("delete_all"):
        return _delete(call, list(call.world.rules.listed.values()), 0, is_dry=is_dry)
    body = call.json()
    if list(body) == ["add"]:
        return _add(call, _additions(body["add"]), is_dry=is_dry)
    if list(body) == ["delete"]:
        return _delete_named(call, body["delete"], is_dry=is_dry)
    raise malformed(**{name: [body[name]] for name in body if name in ("add", "delete")})


async def count_rules(call: Call) -> Answer:
    count, limit = len(call.world.rules.listed), call.world.rules.limit
    app = {"client_app_id": APP_ID, "rule_count": count}
    found: Json = {
        "all_project_client_apps": [app],
        "cap_per_client_app": limit,
        "cap_per_project": limit,
        "client_app_rules_count": app,
        "project_rules_count": count,
    }
    if call.spelling == "2.167":
        found |= {name: str(found[name]) for name in ("cap_per_client_app", "cap_per_project", "project_rules_count")}
    wanted = call.parameters.get("rules_count.fields") or names_of("rules_count")
    return Answer({"data": {name: value for name, value in found.items() if name in wanted}})


def _offset(token: str | None) -> int:
    try:
        return int(token or "0", 16)
    except ValueError:
        raise ApiError(
            "invalid_request", [{"parameters": {"pagination_token": [token]}, "message": "no such page"}]
        ) from None


def _additions(rows: Any) -> list[tuple[str, str | None]]:
    if not isinstance(rows, list) or not rows:
        raise malformed(add=rows if isinstance(rows, list) else [rows])
    for row in rows:
        is_rule = isinstance(row, dict) and isinstance(row.get("value"), str) and set(row) <= {"value", "tag"}
        if not is_rule or not isinstance(row.get("tag", ""), str):
            raise malformed(add=rows)
    return [(row["value"], row.get("tag")) for row in rows]


def _add(call: Call, rows: list[tuple[str, str | None]], *, is_dry: bool) -> Answer:
    book, created, errors = call.world.rules, [], []
    if len(book.listed) + len(rows) > book.limit:
        raise ApiError("rule_cap", limit=book.limit)
    for value, tag in rows:
        error = book.error(value)
        if error:
            errors.append(error)
        else:
            created.append(book.add(call.world.next_id(), value, tag))
    data = [rule.document() for rule in created]
    for rule in created if is_dry else []:
        book.withdraw(rule)
    rejected = len(rows) - len(created)
    summary = {"created": len(created), "not_created": rejected, "valid": len(created), "invalid": rejected}
    found = ({"data": data} if data else {}) | {"meta": {"sent": iso(call.world.clock.now()), "summary": summary}}
    only_invalid = not created and all("details" in error for error in errors)
    return Answer(found | ({"errors": errors} if errors else {}), 200 if only_invalid else 201)


def _delete_named(call: Call, wanted: Any, *, is_dry: bool) -> Answer:
    ids, values = (wanted.get("ids", []), wanted.get("values", [])) if isinstance(wanted, dict) else ([], [])
    lists_of_text = all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in (ids, values))
    if not lists_of_text or not (ids or values):
        raise malformed(delete=[])
    listed = call.world.rules.listed.values()
    found = [rule for rule in listed if str(rule.id) in ids or rule.value in values]
    return _delete(call, found, len(set(ids)) + len(set(values)) - len(found), is_dry=is_dry)


def _delete(call: Call, rules: list[Any], missing: int, *, is_dry: bool) -> Answer:
    for rule in [] if is_dry else rules:
        call.world.rules.delete(rule)
    summary = {"deleted": len(rules), "not_deleted": max(0, missing)}
    found: Json = {"meta": {"sent": iso(call.world.clock.now()), "summary": summary}}
    if missing > 0:
        lost = {"errors": [{"parameters": {}, "message": "Rule does not exist"}], "title": "Invalid Request"}
        lost["detail"] = "One or more parameters to your request was invalid."
        found["errors"] = [lost | {"type": f"{HOST[call.spelling]}/2/problems/invalid-request"}] * missing
    return Answer(found)
