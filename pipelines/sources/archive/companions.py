"""Files that belong to others: the account of X's own archive, and accounts beside the tweets of a download.

X's own archive ("download your data") has the tweets of one account in `data/tweets.js`, and its name in
`data/account.js`; other files of it (likes, direct messages, deleted tweets) are not read. Downloads of academictwitteR
have `data_<name>.json` beside `users_<name>.json`.
"""

import json
import logging
import re
from functools import lru_cache
from pathlib import Path

from pipelines.sources.archive.pages import Object

logger = logging.getLogger("brandpulse.archive")

OWN_TWEETS = re.compile(r"(?:(?:community-)?tweets?(?:-part\d+)?|\d{4}_\d\d)\.js")
"""Names of the files with the tweets of X's own archive."""
_ACCOUNT_FILE = "account.js"
_MAX_COMPANION_BYTES = 256 * 1024 * 1024
_USERS_FILE = re.compile(r"users(?P<rest>[_-].*)?\.json(?:\.gz)?")


def own_account(content: bytes) -> Object | None:
    """The account of `account.js` as a v1.1 user; None when it has none."""
    try:
        listed = json.loads(content[content.index(b"[") :].decode("utf-8-sig", "replace"))
        account = listed[0]["account"]
        user = {"id_str": str(account["accountId"]), "screen_name": account.get("username")}
        return user | ({"name": account["accountDisplayName"]} if account.get("accountDisplayName") else {})
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def account_beside(path: Path) -> Object | None:
    """The account of the own archive to which the file of tweets `path` belongs; an unknown one where it is missing."""
    if not OWN_TWEETS.fullmatch(path.name):
        return None
    file = path.with_name(_ACCOUNT_FILE)
    account = own_account(file.read_bytes()) if file.is_file() else None
    if account is None:
        logger.warning("%s has no readable %s beside it: its tweets have no author", path, _ACCOUNT_FILE)
    return account or {}


def users_beside(path: Path) -> dict[str, Object]:
    """{id: account} of the file that belongs to `path`: `users_1.json` beside `data_1.json`, or `users.json`; or {}."""
    rest = re.sub(r"^(?:data|tweets?)", "", path.name)
    for name in dict.fromkeys((f"users{rest}", "users.json")):
        file = path.with_name(name)
        if file != path and file.is_file() and file.stat().st_size <= _MAX_COMPANION_BYTES:
            return _users_of(file, file.stat().st_mtime_ns)
    return {}


def is_companion(path: Path) -> bool:
    """True for a file of accounts that is joined to the tweets beside it, and not read itself."""
    match = _USERS_FILE.fullmatch(path.name)
    if match is None:
        return False
    rest = match["rest"] or ""
    names = (f"data{rest}.json", f"tweets{rest}.json", f"tweet{rest}.json")
    return any(path.with_name(name).is_file() for name in names) or (
        not rest and any(each.suffix in (".json", ".jsonl") for each in path.parent.iterdir() if each != path)
    )


@lru_cache(maxsize=1)
def _users_of(file: Path, _changed: int) -> dict[str, Object]:
    try:
        value = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, OSError):
        logger.warning("%s cannot be read: the tweets beside it have no authors", file)
        return {}
    groups = value if isinstance(value, list) else [value]
    users: dict[str, Object] = {}
    for group in groups:
        listed = [group] if isinstance(group, dict) and "username" in group else _listed(group)
        users |= {str(one["id"]): one for one in listed if isinstance(one, dict) and "id" in one}
    return users


def _listed(group: object) -> list[Object]:
    if not isinstance(group, dict):
        return []
    for part in (group, group.get("includes")):
        for name in ("users", "data"):
            if isinstance(part, dict) and isinstance(part.get(name), list):
                listed: list[Object] = part[name]
                return listed
    return []
