"""The shape of an answer: the requested fields and expansions, and the included objects."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator.spelling import respell
from stack.x_emulator.compliance import Compliance
from stack.x_emulator.contract import Json, table
from stack.x_emulator.posts import Post, PostStore
from stack.x_emulator.problems import problem

_GROUPS = {"tweet": "tweet.fields", "user": "user.fields", "media": "media.fields", "place": "place.fields"}


@dataclass(frozen=True)
class Shape:
    """Fields by kind of object, and expansions, in 2.166 names; `spelling` is the contract of the answer."""

    spelling: str
    members: tuple[tuple[str, frozenset[str]], ...]
    expansions: frozenset[str]


def shape_of(parameters: dict[str, Any], spelling: str) -> Shape:
    """The shape that validated parameters ask for."""
    contract = table("contract")
    old: dict[str, str] = contract["old_names"]
    asked = {_old_expansion(each) for each in parameters.get("expansions", ())}
    members = {}
    for kind, name in (*_GROUPS.items(), ("poll", "poll.fields")):
        wanted = parameters.get(name) or (parameters.get("post.fields", ()) if kind == "tweet" else ())
        members[kind] = frozenset(contract["defaults"][kind]) | {old.get(each, each) for each in wanted}
    members["tweet"] |= {contract["expanded"][each] for each in asked if each in contract["expanded"]}
    return Shape(spelling, tuple(members.items()), frozenset(asked))


class Renderer:
    """Renders posts and accounts as JSON in a shape."""

    def __init__(self, store: PostStore, compliance: Compliance) -> None:
        self._store, self._compliance = store, compliance

    def line(self, post: Post, shape: Shape) -> Json:
        """The JSON object of one line of the stream: data, includes, matching_rules, partial errors."""
        found = self.document([post], shape, is_list=False)
        rules = [{"id": str(rule)} | ({"tag": tag} if tag is not None else {}) for rule, tag in post.rules]
        return found | {"matching_rules": rules}

    def document(self, posts: list[Post], shape: Shape, *, is_list: bool = True) -> Json:
        """{"data", "includes"?, "errors"?} of the posts, in the names of the shape's contract."""
        whole = [self._compliance.amend(post, post.data()) for post in posts]
        members = dict(shape.members)
        data = [_select(each, members["tweet"]) for each in whole]
        includes, errors = self._beside(posts, whole, shape)
        found: Json = {"data": data if is_list else data[0]} if data else {}
        found |= {"includes": includes} if includes else {}
        found = respell(found) if shape.spelling == "2.167" else found
        return found | ({"errors": errors} if errors else {})

    def users(self, users: list[Json], shape: Shape) -> list[Json]:
        wanted = dict(shape.members)["user"]
        found = [_select(user, wanted) for user in users]
        return [respell(user) for user in found] if shape.spelling == "2.167" else found

    def _beside(self, posts: list[Post], whole: list[Json], shape: Shape) -> tuple[Json, list[Json]]:
        members, asked = dict(shape.members), shape.expansions
        errors: list[Json] = []
        tweets = self._referenced(whole, errors, shape) if any(e.startswith("referenced_tweets") for e in asked) else {}
        templates = [post.template for post in posts]
        media = {each["media_key"]: each for template in templates for each in template.media}
        places = {each["id"]: each for template in templates for each in template.places}
        polls = {each["id"]: each for template in templates for each in template.polls}
        found = {
            "users": [_select(user, members["user"]) for user in self._people(whole, tweets, asked)],
            "tweets": [_select(tweet, members["tweet"]) for tweet in tweets.values()],
            "media": [_select(each, members["media"]) for each in media.values() if "attachments.media_keys" in asked],
            "places": [_select(each, members["place"]) for each in places.values() if "geo.place_id" in asked],
            "polls": [_select(each, members["poll"]) for each in polls.values() if "attachments.poll_ids" in asked],
        }
        return {kind: rows for kind, rows in found.items() if rows}, errors

    def _referenced(self, whole: list[Json], errors: list[Json], shape: Shape) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for tweet_id in dict.fromkeys(each["id"] for tweet in whole for each in tweet.get("referenced_tweets", ())):
            data = self._store.data(tweet_id)
            why = self._compliance.hides(tweet_id) if data else "not_found"
            if data and not why:
                found[tweet_id] = data
            else:
                place = {"resource_type": "tweet", "parameter": "referenced_tweets.id", "section": "includes"}
                errors.append(problem(why or "not_found", shape.spelling, value=tweet_id, **place))
        return found

    def _people(self, whole: list[Json], tweets: dict[str, Json], asked: frozenset[str]) -> Iterable[Json]:
        ids: list[str] = []
        for tweet in whole:
            ids += [tweet.get("author_id", "")] if "author_id" in asked else []
            ids += [tweet.get("in_reply_to_user_id", "")] if "in_reply_to_user_id" in asked else []
            if "entities.mentions.username" in asked:
                names = [each["username"].lower() for each in tweet.get("entities", {}).get("mentions", ())]
                ids += [self._store.by_username.get(name, "") for name in names]
        if "referenced_tweets.id.author_id" in asked:
            ids += [tweet.get("author_id", "") for tweet in tweets.values()]
        return [self._store.users[each] for each in dict.fromkeys(ids) if each in self._store.users]


def _old_expansion(name: str) -> str:
    if name == "referenced_posts":
        return "referenced_tweets.id"
    old: str = table("contract")["old_names"].get(name, name)
    return old


def _select(whole: Json, wanted: frozenset[str]) -> Json:
    return {name: value for name, value in whole.items() if name in wanted}
