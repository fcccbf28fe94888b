"""POST and DELETE /2/tweets: the account's own posts and replies."""

import re
from typing import Any

from stack.x_emulator.calls import Answer, Call, malformed
from stack.x_emulator.contract import Json, table
from stack.x_emulator.parameters import ID
from stack.x_emulator.posts import Post, Template
from stack.x_emulator.problems import ApiError, invalid
from stack.x_emulator.world import World

_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}\b")
_MENTION = re.compile(r"(?<![\w@])@(\w{1,15})")


async def create_tweet(call: Call) -> Answer:
    body, world = call.json(), call.world
    text = _text(body)
    reply = _reply(body.get("reply"))
    quoted = _id(body.get("quote_tweet_id"), "quote_tweet_id")
    answered = world.store.get(int(reply["in_reply_to_tweet_id"])) if reply else None
    if reply and (answered is None or world.why_hidden(answered)):
        raise ApiError("forbidden", detail="You attempted to reply to a Tweet that is deleted or not visible to you.")
    if answered and world.options.tier == "self-serve" and not _is_addressed(world, answered):
        raise ApiError(
            "forbidden",
            detail="Replies are allowed only to posts whose author mentioned or quoted the replying account.",
        )
    if any(post.template.data["text"] == text for post in _own(world)):
        raise ApiError("forbidden", detail="You are not allowed to create a Tweet with duplicate content.")
    post = world.publish(_template(world, text, answered, quoted))
    return Answer({"data": {"id": str(post.id), "text": text, "edit_history_tweet_ids": [str(post.id)]}}, 201)


async def delete_tweet(call: Call) -> Answer:
    post = call.world.store.get(int(call.parameters["id"]))
    if post is None or post.author_id != call.world.account()["id"]:
        raise ApiError("forbidden", detail="You are not permitted to delete this Tweet.")
    call.world.record("delete", str(post.id), author_id=post.author_id)
    return Answer({"data": {"deleted": True}})


def _text(body: Json) -> str:
    rules = table("contract")["create_tweet"]
    unknown = [name for name in body if name not in rules["keys"]]
    if unknown:
        raise malformed(**{name: [body[name]] for name in unknown})
    text = body.get("text", "")
    if not isinstance(text, str) or not (text or body.get("media")):
        raise malformed(text=[text])
    if len(text) > rules["characters"]:
        raise invalid(f"Your Tweet text is too long: {len(text)} of {rules['characters']} characters", text=text[:50])
    if len(_CASHTAG.findall(text)) > rules["cashtags"]:
        raise ApiError("forbidden", detail="A post may contain only one cashtag.")
    return text


def _reply(reply: Any) -> Json | None:
    if reply is None:
        return None
    if not isinstance(reply, dict) or not set(reply) <= set(table("contract")["create_tweet"]["reply_keys"]):
        raise malformed(reply=[reply])
    if _id(reply.get("in_reply_to_tweet_id"), "reply.in_reply_to_tweet_id") is None:
        raise malformed(reply=[reply])
    return reply


def _id(value: Any, name: str) -> int | None:
    if value is not None and not (isinstance(value, str) and ID.fullmatch(value)):
        raise malformed(**{name: [value]})
    return int(value) if value is not None else None


def _is_addressed(world: World, answered: Post) -> bool:
    """True if the author of the post mentioned or quoted the account."""
    account = world.account()
    quoted = [world.store.data(str(about)) for kind, about in answered.references if kind == "quoted"]
    is_quoted = any(data and data.get("author_id") == account["id"] for data in quoted)
    return is_quoted or bool(answered.features.mentions & {account["id"], account["username"].lower()})


def _own(world: World) -> list[Post]:
    account = world.account()["id"]
    recent = world.store.newest_first(world.oldest_searchable(), world.next_id())
    return [post for post in recent if post.author_id == account and world.why_hidden(post) is None]


def _template(world: World, text: str, answered: Post | None, quoted: int | None) -> Template:
    account = world.account()
    data: Json = {"text": text, "author_id": account["id"], "lang": "en", "reply_settings": "everyone"}
    references = [{"type": "quoted", "id": str(quoted)}] if quoted else []
    if answered:
        data["in_reply_to_user_id"] = answered.author_id
        data["conversation_id"] = str(answered.conversation)
        references.append({"type": "replied_to", "id": str(answered.id)})
    if references:
        data["referenced_tweets"] = references
    mentions = [{"start": match.start(), "end": match.end(), "username": match[1]} for match in _MENTION.finditer(text)]
    if mentions:
        data["entities"] = {"mentions": mentions}
    return Template(data, [account]).prepare()
