"""The conversation that a tweet starts: replies, quotes, the retweet cascade, edits, repeats and removals."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from generator.authors import Author, Crowd, brand_account
from generator.language import Words, calm, write
from generator.posts import Event, Post, luck
from generator.replies import care, follow_up, quote, reply
from generator.seeds import lognormal, poisson, snowflake
from generator.world import HOUR_MS, World, draw

MINUTE_MS = 60_000
LONGEST_WAIT_MS = 24 * HOUR_MS
"""Events of a conversation lie at most this long after its first tweet."""

_TWEET_NOTICES = {"delete": 0.72, "v1_delete": 0.12, "withheld": 0.08, "drop": 0.08}
_ACCOUNT_NOTICES = {
    "user_protect": 3.0, "user_delete": 2.0, "user_suspend": 2.0, "scrub_geo": 2.0, "v1_scrub_geo": 1.0,
    "user_withheld": 1.0, "user_unprotect": 1.0,
}  # fmt: skip


class Planner:
    """Plans conversations one by one; ids and order come from one counter, so that a world is reproducible."""

    def __init__(self, world: World, crowd: Crowd) -> None:
        self.world, self.crowd = world, crowd
        self.accounts = [brand_account(world, number) for number in range(len(world.brands))]
        self.serial = 0

    def plan(self, rng: Random, brand: int, at_ms: int, is_quiet: bool) -> list[Event]:
        """All events of a conversation that starts at ``at_ms``, in time order; a quiet one gets no replies."""
        root = self._root(rng, brand, at_ms)
        posts = [root]
        if not is_quiet:
            posts += self._answers(rng, root)
            quotes = list(self._quotes(rng, root))
            posts += quotes
            for spoken in [root, *quotes]:
                posts += self._cascade(rng, spoken)
        events = [self._event(post.at_ms, "tweet", post) for post in posts]
        for post in posts:
            events += self._aftermath(rng, post)
        events.sort()
        return events

    def next_id(self, at_ms: int) -> str:
        """A unique snowflake."""
        self.serial += 1
        return str(snowflake(at_ms, self.serial))

    def _event(self, at_ms: int, kind: str, post: Post, detail: str = "") -> Event:
        self.serial += 1
        return Event(at_ms, self.serial, kind, post, detail)

    def _post(
        self, rng: Random, author: Author, brand: int, at_ms: int, kind: str, words: Words, about: Post | None = None
    ) -> Post:
        post_id = self.next_id(at_ms)
        post = Post(post_id, at_ms, author, brand, kind, words, post_id, luck(rng), about, history=(post_id,))
        if about is not None:
            post.heard_from, post.depth, post.incident = about.id, 1, about.incident
        return post

    def _root(self, rng: Random, brand: int, at_ms: int) -> Post:
        world = self.world
        hour = (at_ms - world.starts_ms) // HOUR_MS
        found = world.incident_of(brand, hour)
        is_struck = found is not None and rng.random() < 1.0 - 1.0 / max(1.0, found[1].intensity)
        incident = found[1] if found and is_struck else None
        if incident is None and rng.random() < 0.025:
            author, mood = self.accounts[brand], "promo"
        else:
            region = incident.region if incident else None
            home = brand if rng.random() > 0.06 else rng.randrange(len(world.brands))
            author = self.crowd.pick(rng, home, at_ms // HOUR_MS % 24, region)
            mood = "complaint" if incident else _mood(rng, author, world.brands[brand].mood)
        length = rng.randint(2, 4) if rng.random() < world.scenario.shares.long_posts else 1
        category = incident.category if incident else ""
        words = write(rng, world.brands[brand], author, mood, category, incident, length)
        root = self._post(rng, author, brand, at_ms, "original", words)
        root.incident = found[0] if found and is_struck else None
        return root

    def _answers(self, rng: Random, root: Post) -> Iterator[Post]:
        account, brand = self.accounts[root.brand], self.world.brands[root.brand]
        is_own = root.author.number == account.number
        thread = [root]
        for _ in range(poisson(rng, 0.34 * (3.0 if is_own else 1.0) + 0.00001 * root.author.followers, maximum=25)):
            to = rng.choice(thread)
            author = self.crowd.fellow(rng, root.author, "reply")
            words = reply(rng, brand, author, to.words)
            thread.append(self._answer(rng, author, to, words, 22))
            yield thread[-1]
        wants_care = root.words.is_complaint or root.words.mood == "question" or rng.random() < 0.1
        if is_own or not wants_care or rng.random() > 0.3:
            return
        answer = self._answer(rng, account, root, care(rng, brand, account, root.words), 35)
        yield answer
        if rng.random() < 0.4:
            yield self._answer(rng, root.author, answer, follow_up(rng, brand, root.author, root.words), 18)

    def _answer(self, rng: Random, author: Author, to: Post, words: Words, minutes: int) -> Post:
        addressed = [to.author.username]
        handle = self.world.brands[to.brand].handle
        if handle not in words.text and handle not in addressed and author.number >= 0:
            addressed.append(handle)
        text = words.text.removeprefix(f"@{addressed[0]} ").removesuffix(f" @{addressed[0]}")
        words = calm(words, " ".join(f"@{name}" for name in addressed) + " " + text)
        post = self._post(rng, author, to.brand, to.at_ms + _wait(rng, minutes), "reply", words, to)
        post.conversation_id = to.conversation_id
        return post

    def _quotes(self, rng: Random, root: Post) -> Iterator[Post]:
        brand = self.world.brands[root.brand]
        for _ in range(poisson(rng, 0.035 * (30 + root.author.followers) ** 0.24, maximum=15)):
            author = self.crowd.fellow(rng, root.author, "quote")
            words = quote(rng, brand, author, root.words)
            yield self._post(rng, author, root.brand, root.at_ms + _wait(rng, 50), "quote", words, root)

    def _cascade(self, rng: Random, root: Post) -> Iterator[Post]:
        pull = 2.0 if root.words.mood in ("promo", "offer", "joke") else 1.5 if root.incident is not None else 1.0
        size = poisson(
            rng, 0.06 * pull * (20 + root.author.followers) ** 0.27 * rng.lognormvariate(0.0, 0.9), maximum=200
        )
        carriers: list[Post] = [root]
        seen = {root.author.number}
        for _ in range(size):
            source = root if rng.random() < 0.55 else rng.choice(carriers)
            author = self.crowd.fellow(rng, source.author if source.author.number >= 0 else root.author, "retweet")
            if author.number in seen:
                continue
            seen.add(author.number)
            post = self._post(rng, author, root.brand, source.at_ms + _wait(rng, 11), "retweet", root.words, root)
            post.heard_from, post.depth = source.id, source.depth + 1 if source is not root else 1
            carriers.append(post)
            yield post

    def _aftermath(self, rng: Random, post: Post) -> Iterator[Event]:
        shares = self.world.scenario.shares
        if rng.random() < shares.repeats:
            detail = rng.choice(("grown", "grown", "sparse", "no_metrics"))
            yield self._event(post.at_ms + _wait(rng, rng.choice((1, 20, 240))), "repeat", post, detail)
        if post.kind in ("original", "quote") and rng.random() < shares.edits:
            edited = self._edit(rng, post)
            yield self._event(edited.at_ms, "tweet", edited)
            yield self._event(edited.at_ms + rng.randrange(500, 5000), "notice", edited, "tweet_edit")
        if rng.random() < shares.deletes:
            yield self._event(post.at_ms + _wait(rng, 180), "notice", post, draw(rng, _TWEET_NOTICES))
        if rng.random() < shares.account_notices:
            yield self._event(post.at_ms + _wait(rng, 200), "notice", post, draw(rng, _ACCOUNT_NOTICES))

    def _edit(self, rng: Random, post: Post) -> Post:
        at_ms = post.at_ms + rng.randrange(MINUTE_MS, 25 * MINUTE_MS)
        text = post.words.text + rng.choice(
            (" (typo fixed)", " edit: wrong day", " EDIT still the case", " *edited to add: thanks all")
        )
        edited_id = self.next_id(at_ms)
        return replace(
            post, id=edited_id, at_ms=at_ms, words=calm(post.words, text), history=(post.id, edited_id),
            replies=0, retweets=0, quotes=0,
        )  # fmt: skip


def _mood(rng: Random, author: Author, lean: float) -> str:
    weights = dict(author.segment.moods)
    weights["praise"] = weights.get("praise", 0.0) * lean
    weights["complaint"] = weights.get("complaint", 0.0) / lean
    return draw(rng, weights)


def _wait(rng: Random, minutes: int) -> int:
    """A reaction time in milliseconds, with a median of ``minutes``."""
    return 1000 + min(LONGEST_WAIT_MS // 4, int(lognormal(rng, minutes, 1.1) * MINUTE_MS))
