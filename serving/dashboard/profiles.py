"""Profiles: single authors by their key, for analysts who say what for. Each read is in the audit log."""

from django.http import Http404, HttpRequest

from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse
from serving.paths import parse_id
from serving.readers.profiles import read_profile, read_profiles
from serving.readers.rows import Cursor, Page
from serving.readers.segments import read_segments

ROWS = 25
CURSOR_LENGTH = 200


class Profiles(PageView):
    scope, route, template, keeps = Scope.PROFILES_READ, "page-profiles", "dashboard/profiles.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        """Nothing is read before the purpose is stated."""
        brand, purpose = path["brand"], request.GET.get("purpose", "").strip()[:CURSOR_LENGTH]
        if not purpose:
            return {"purpose": "", "rows": []}
        record(request, "profiles.list", brand, purpose=purpose)
        found = read_profiles(brandpulse(), brand, Page(ROWS, parse_cursor(request.GET.get("cursor", ""))))
        names = {row["segment_id"]: row["name"] for row in read_segments(brandpulse(), brand, Page()).rows}
        rows = [row | {"segment": names.get(row["segment_id"])} for row in found.rows]
        return {"purpose": purpose, "rows": rows, "next": found.next, "run": found.run, "as_of": found.as_of}


class Profile(PageView):
    scope, route, template, keeps = Scope.PROFILES_READ, "page-profiles", "dashboard/profile.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, key, purpose = path["brand"], path["author_key"], request.GET.get("purpose", "").strip()[:CURSOR_LENGTH]
        if not purpose:
            return {"purpose": "", "profile": None}
        record(request, "profiles.read", brand, key, purpose=purpose)
        found = read_profile(brandpulse(), brand, key)
        if not found.rows:
            raise Http404("there is no such author in the latest run")
        names = {row["segment_id"]: row["name"] for row in read_segments(brandpulse(), brand, Page()).rows}
        profile = found.rows[0]
        segment = names.get(profile["segment_id"])
        return {"purpose": purpose, "profile": profile, "segment": segment, "run": found.run, "as_of": found.as_of}


def parse_cursor(text: str) -> Cursor | None:
    number, _, after = text.partition("~")
    run = parse_id(number)
    return Cursor(run, after) if run is not None and after else None
