"""Posts as filtered-stream lines of X's API v2, in the names of contract 2.166."""

import re
import string
from typing import Any

from generator.authors import DAY_MS, Author
from generator.posts import Post
from generator.seeds import iso, seeded
from generator.world import Region, World

Json = dict[str, Any]
_MENTION = re.compile(r"(?<![\w@/.])@(\w{1,15})(?![\w…@])")
_HASHTAG = re.compile(r"(?<![\w&#])#(\w*[^\W\d_]\w*)(?![\w…])")
_URL = re.compile(r"https://t\.co/(\w{10})(?![\w…])")
_CODE = string.ascii_letters + string.digits
_MAX_CHARACTERS = 280
_MAX_RETWEET = 140


def escape(text: str) -> str:
    """The text as X sends it, with &, < and > as HTML entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Writer:
    """Builds the payloads of one world."""

    def __init__(self, world: World, accounts: list[Author]) -> None:
        self.world, self.accounts = world, accounts
        self.handles = {account.username: account for account in accounts}

    def line(self, post: Post, at_ms: int, detail: str = "") -> Json:
        """The object of one line: data, includes, matching_rules; ``detail``: the fields that a repeat lacks."""
        data = self.tweet(post, at_ms)
        includes: Json = {"users": self._users(post, at_ms)}
        if post.about is not None and post.luck.media > 0.01:
            includes["tweets"] = [self.tweet(post.about, at_ms)]
        if "geo" in data:
            includes["places"] = [place(post.author.region)]
        if "attachments" in data:
            key = data["attachments"]["media_keys"][0]
            url = f"https://media.example/{key}.jpg"
            includes["media"] = [{"media_key": key, "type": "photo", "url": url, "width": 1200, "height": 900}]
        if detail == "sparse":
            for name in (
                "entities",
                "geo",
                "lang",
                "conversation_id",
                "possibly_sensitive",
                "edit_controls",
                "attachments",
            ):
                data.pop(name, None)
            includes = {"users": includes["users"][:1]}
        elif detail == "no_metrics":
            data.pop("public_metrics")
        line: Json = {"data": data, "includes": includes}
        if post.luck.rules > 0.005:
            line["matching_rules"] = self._rules(post)
        return line

    def tweet(self, post: Post, at_ms: int) -> Json:
        """The ``data`` of one post as seen at ``at_ms``."""
        text, note = _texts(post)
        data: Json = {
            "id": post.id,
            "text": text,
            "author_id": post.author.user_id,
            "conversation_id": post.conversation_id,
            "created_at": iso(post.at_ms),
            "lang": post.words.lang,
            "edit_history_tweet_ids": list(post.history),
            "edit_controls": {
                "edits_remaining": 6 - len(post.history),
                "is_edit_eligible": post.kind != "retweet" and post.kind != "reply",
                "editable_until": iso(post.at_ms // 1000 * 1000 + 3_600_000),
            },
            "possibly_sensitive": post.words.text.endswith("💀"),
            "reply_settings": "everyone",
            "public_metrics": post.metrics(at_ms),
        }
        entities = self._entities(text, post)
        if entities:
            data["entities"] = entities
        if note is not None:
            data["note_tweet"] = {"text": note}
            noted = self._entities(note, post)
            if noted:
                data["note_tweet"]["entities"] = noted
        if post.about is not None:
            names = {"retweet": "retweeted", "quote": "quoted", "reply": "replied_to"}
            data["referenced_tweets"] = [{"type": names[post.kind], "id": post.about.id}]
            if post.kind == "reply":
                data["in_reply_to_user_id"] = post.about.author.user_id
        self._extras(post, data)
        return data

    def _extras(self, post: Post, data: Json) -> None:
        if post.kind == "retweet":
            return
        shares = self.world.scenario.shares
        if post.luck.place < shares.places and post.author.number >= 0:
            region = post.author.region
            data["geo"] = {"place_id": place_id(region)}
            if post.luck.place < 0.4 * shares.places:
                east, north = post.luck.appeal % 0.1 - 0.05, post.luck.outside * 0.08 - 0.04
                spot = [round(region.at[0] + east, 6), round(region.at[1] + north, 6)]
                data["geo"]["coordinates"] = {"type": "Point", "coordinates": spot}
        if post.luck.media > 1 - shares.media:
            data["attachments"] = {"media_keys": [f"3_{post.id}"]}
        if post.luck.outside < 0.002:
            data["withheld"] = {"copyright": False, "country_codes": ["DE"], "scope": "tweet"}

    def _users(self, post: Post, at_ms: int) -> list[Json]:
        people = {post.author.user_id: post.author}
        if post.about is not None:
            people[post.about.author.user_id] = post.about.author
        account = self.accounts[post.brand]
        if f"@{account.username}" in post.words.text:
            people[account.user_id] = account
        return [self.user(author, at_ms) for author in people.values()]

    def user(self, author: Author, at_ms: int) -> Json:
        """An account as seen at ``at_ms``: its counts grow day by day."""
        days = (at_ms - self.world.starts_ms) / DAY_MS
        tweets = author.tweets + int(author.daily * max(0.0, days))
        user: Json = {
            "id": author.user_id,
            "name": author.name,
            "username": author.username,
            "created_at": author.created_at,
            "description": author.about,
            "protected": False,
            "verified": author.verified,
            "verified_type": "business" if author.number < 0 else "blue" if author.verified else "none",
            "public_metrics": {
                "followers_count": author.followers + int(author.followers * 0.002 * max(0.0, days)),
                "following_count": author.following,
                "tweet_count": tweets,
                "listed_count": author.followers // 180,
                "like_count": int(tweets * (0.5 + author.care)),
            },
        }
        if author.place:
            user["location"] = author.place
        if author.number % 3 == 0:
            user["url"] = ""
        return user

    def _entities(self, text: str, post: Post) -> Json:
        found: Json = {}
        if "@" in text:
            known = self.handles | {post.about.author.username: post.about.author} if post.about else self.handles
            mentions = [_mention(match, known) for match in _MENTION.finditer(text)]
            if mentions:
                found["mentions"] = mentions
        if "#" in text:
            tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _HASHTAG.finditer(text)]
            if tags:
                found["hashtags"] = tags
        if "https://" in text:
            urls = [_link(match, _quoted(post)) for match in _URL.finditer(text)]
            if urls:
                found["urls"] = urls
        return found

    def _rules(self, post: Post) -> list[Json]:
        slug = self.world.brands[post.brand].slug
        rule: Json = {"id": str(1_700_000_000_000_000_000 + post.brand * 7919)}
        if post.luck.rules > self.world.scenario.shares.untagged:
            rule["tag"] = f"brand:{slug}"
        rules = [rule]
        if post.luck.rules > 0.97:
            rules.append({"id": str(1_700_000_000_000_100_000 + post.brand), "tag": f"topic:{post.words.category}"})
        return rules


def place_id(region: Region) -> str:
    """A place id in X's format: 16 hexadecimal digits."""
    return f"{seeded('place', region.key).getrandbits(64):016x}"


def place(region: Region) -> Json:
    """A city as an object of ``includes.places``."""
    lon, lat = region.at
    bbox = [round(lon - 0.2, 4), round(lat - 0.12, 4), round(lon + 0.2, 4), round(lat + 0.12, 4)]
    return {
        "id": place_id(region),
        "full_name": f"{region.city}, {region.country}",
        "name": region.city,
        "country": region.country,
        "country_code": region.code,
        "place_type": "city",
        "geo": {"type": "Feature", "bbox": bbox, "properties": {}},
    }


def _texts(post: Post) -> tuple[str, str | None]:
    """The escaped text, and the full text if it is longer than a tweet."""
    quoted = _quoted(post)
    tail = f" {_short_link(quoted)}" if quoted else ""
    spoken = post.words.text + tail
    if post.kind == "retweet" and post.about is not None:
        text = f"RT @{post.about.author.username}: {spoken}"
        return escape(text if len(text) <= _MAX_RETWEET else text[: _MAX_RETWEET - 1] + "…"), None
    if len(post.words.text) <= _MAX_CHARACTERS:
        return escape(spoken), None
    return escape(post.words.text[: _MAX_CHARACTERS - 1] + "…" + tail), escape(spoken)


def _mention(match: re.Match[str], known: dict[str, Author]) -> Json:
    mention: Json = {"start": match.start(), "end": match.end(), "username": match[1]}
    author = known.get(match[1])
    return mention | {"id": author.user_id} if author else mention


def _quoted(post: Post) -> Post | None:
    """The quoted tweet of a quote or of its retweet."""
    root = post.about if post.kind == "retweet" and post.about else post
    return root.about if root.kind == "quote" else None


def _short_link(quoted: Post) -> str:
    """The link to the quoted tweet, with which X ends the text of a quote."""
    return "https://t.co/" + "".join(seeded("quoted", quoted.id).choices(_CODE, k=10))


def _link(match: re.Match[str], quoted: Post | None) -> Json:
    target = f"https://www.news.example/{match[1].lower()}"
    if quoted and match[0] == _short_link(quoted):
        target = f"https://twitter.com/{quoted.author.username}/status/{quoted.id}"
    return {
        "start": match.start(),
        "end": match.end(),
        "url": match[0],
        "expanded_url": target,
        "display_url": target[8:],
    }
