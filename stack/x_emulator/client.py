"""A client of the admin API of a running emulator."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

Json = dict[str, Any]
TIMEOUT_SECONDS = 60


class EmulatorAdmin:
    """Inspects and controls an emulator (`stack.x_emulator.admin`). Raises ValueError with the emulator's message."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        # These calls must not go through a proxy from the environment.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def state(self) -> Json:
        return self._call("GET", "state")

    def posts(self) -> list[Json]:
        """Every post so far: {id, created_at, kind, author_id, rules, unsearchable}."""
        found: list[Json] = []
        while True:
            page = self._call("GET", f"posts?after={len(found)}")
            found += page["posts"]
            if len(found) >= page["total"] or not page["posts"]:
                return found

    def connections(self) -> list[Json]:
        """Every connection so far, with `sent`: the ids of the posts whose complete line was sent."""
        found: list[Json] = self._call("GET", "connections")["connections"]
        return found

    def searchable(self, query: str, **bounds: str) -> Json:
        """{"found": ids, "hidden": {id: reason}} of the posts that match the query; bounds: `since_id`, `until_id`."""
        return self._call("GET", "searchable?" + urllib.parse.urlencode({"query": query, **bounds}))

    def requests(self) -> list[Json]:
        found: list[Json] = self._call("GET", "requests")["requests"]
        return found

    def post(self, text: str, **data: Any) -> str:
        """Play one tweet now and return its id; keywords are fields of `data`, except `includes`."""
        includes = data.pop("includes", {})
        found: list[str] = self._call("POST", "posts", {"data": {"text": text, **data}, "includes": includes})["ids"]
        return found[0]

    def play(self, rate: float, count: int | None = None) -> Json:
        """Play the source at `rate` posts per second; stop after `count` posts."""
        return self._call("POST", "play", {"rate": rate, "count": count})

    def event(self, kind: str, subject: str, **about: Any) -> Json:
        """Record a compliance event about a tweet or an account, by its id."""
        return self._call("POST", "events", {"kind": kind, "id": subject, **about})

    def advance(self, seconds: float) -> Json:
        return self._call("POST", "clock", {"advance_seconds": seconds})

    def set_speed(self, speed: float) -> Json:
        return self._call("POST", "clock", {"speed": speed})

    def fault(self, kind: str, on: str = "stream", **bounds: Any) -> Json:
        """Inject a fault. `bounds`: `times`, `seconds` and the settings of its kind; by default it occurs once."""
        return self._call("POST", "faults", {"kind": kind, "on": on, **bounds})

    def faults(self) -> list[Json]:
        """Injected faults that have not occurred as often as asked."""
        found: list[Json] = self._call("GET", "faults")["active"]
        return found

    def cancel_faults(self) -> None:
        self._call("DELETE", "faults")

    def reset_limits(self) -> None:
        """Start all rate-limit windows again."""
        self._call("POST", "limits", {})

    def wait_for(self, count: int, seconds: float = 30) -> Json:
        """Wait until `count` posts were played. Raises TimeoutError if they were not."""
        ends = time.monotonic() + seconds
        while (state := self.state())["posts"] < count:
            if time.monotonic() > ends:
                raise TimeoutError(f"{state['posts']} of {count} posts were played within {seconds} s")
            time.sleep(0.02)
        return state

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_emulator/{path}", data, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                found: Json = json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode("utf-8", "replace")) from None
        return found
