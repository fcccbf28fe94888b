"""Files as people have them, one of each kind, with invented content; and what must come out of each.

`write_kinds(folder)` writes them; `EXPECTED` says how many tweets, notices and rejects by reason each file has.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from tests.builders import an_id

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
WORDS = (
    "Third hour at the gate and Skyvarn says nothing",
    "Skyvarn crew were kind to my grandmother",
    "Where do I claim for a broken wheel, Skyvarn?",
    "The Moonkettle lid leaks again",
    "Moonkettle replaced my kettle within a day",
    "Skyvarn has moved my seat twice, why",
)
Object = dict[str, Any]


class Outcome(NamedTuple):
    """What must be read from a file; `authors` are those known by handle alone."""

    tweets: int
    notices: int = 0
    rejects: Object = {}
    authors: int = 0


def at(number: int) -> datetime:
    return START + timedelta(minutes=7 * number)


def key(number: int) -> str:
    return an_id(at(number))


def author(number: int) -> str:
    return str(1_500_000_000_000_000_171 + number)


def flat(number: int, **fields: Any) -> Object:
    """A tweet of v2, flattened."""
    return {
        "id": key(number),
        "text": WORDS[number % len(WORDS)],
        "author_id": author(number),
        "created_at": at(number).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": "en",
        "edit_history_tweet_ids": [key(number)],
        "public_metrics": {"retweet_count": number, "reply_count": 0, "like_count": 2, "quote_count": 0},
    } | fields


def user(number: int) -> Object:
    return {"id": author(number), "username": f"quiet_{number}", "name": f"Quiet {number}", "verified": False}


def status(number: int, **fields: Any) -> Object:
    """A tweet of v1.1."""
    return {
        "created_at": at(number).strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "id": int(key(number)),
        "id_str": key(number),
        "text": WORDS[number % len(WORDS)],
        "user": {"id": int(author(number)), "id_str": author(number), "screen_name": f"quiet_{number}"},
        "entities": {"hashtags": [], "urls": [], "user_mentions": []},
        "in_reply_to_status_id_str": None,
        "lang": "en",
        "retweet_count": 0,
        "favorite_count": 1,
    } | fields


def page(*numbers: int, **fields: Any) -> Object:
    """A page of v2."""
    data = [flat(number) for number in numbers]
    users = [user(number) for number in numbers]
    return {"data": data, "includes": {"users": users}, "meta": {"result_count": len(data)}} | fields


def lines(*values: Any, end: str = "\n") -> bytes:
    return "".join(json.dumps(value) + end for value in values).encode()


def pretty(*values: Any) -> bytes:
    return "".join(json.dumps(value, indent=2) + "\n" for value in values).encode()


def table(*rows: Any, delimiter: str = ",", end: str = "\n") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


def simple(delimiter: str = ",", end: str = "\n", header: tuple[str, ...] = ("id", "text", "created_at")) -> bytes:
    rows = [(key(n), WORDS[n], at(n).strftime("%Y-%m-%d %H:%M:%S")) for n in range(3)]
    return table(header, *rows, delimiter=delimiter, end=end)


def members(mode: Any) -> bytes:
    """A tar archive of four minutes with three tweets each."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for minute in range(4):
            content = lines(*(status(3 * minute + number) for number in range(3)))
            entry = tarfile.TarInfo(f"2026/05/04/09/0{minute}.json")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        archive.addfile(tarfile.TarInfo("README.md"), io.BytesIO())
    return out.getvalue()


def own_archive(folder: str) -> dict[str, bytes]:
    """X's "download your data" of one account."""

    def script(name: str, value: Any) -> bytes:
        return f"window.YTD.{name}.part0 = {json.dumps(value, indent=2)}".encode()

    tweets = [{"tweet": {k: v for k, v in status(n, full_text=WORDS[n]).items() if k != "user"}} for n in range(3)]
    account = [{"account": {"accountId": author(0), "username": "quiet_0"}}]
    return {
        f"{folder}data/tweets.js": script("tweets", tweets),
        f"{folder}data/account.js": script("account", account),
        f"{folder}data/like.js": script("like", [{"like": {"tweetId": "1", "fullText": "of somebody else"}}]),
    }


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def long_note() -> list[Object]:
    """A mention and a hashtag beyond the 280th character of a note, and of a retweet's original."""
    text = "Skyvarn keeps me waiting. " * 14 + "@FlySkyvarn please #lostbag"
    entities = {"mentions": [{"username": "FlySkyvarn", "id": "99"}], "hashtags": [{"tag": "lostbag"}]}
    note = flat(0, text=text[:279] + "…", note_tweet={"text": text, "entities": entities}, entities={"urls": []})
    original = flat(9, text="w" * 150 + " @FlySkyvarn #lostbag", entities=entities)
    cut = {"mentions": [{"username": "quiet_9", "id": author(9)}]}
    retweet = flat(1, text="RT @quiet_9: " + "w" * 120 + "…", entities=cut)
    retweet["referenced_tweets"] = [{"type": "retweeted", "id": key(9)}]
    return [{"data": note}, {"data": retweet, "includes": {"tweets": [original]}}]


def edits() -> list[Object]:
    """Three versions of one post."""
    history = [key(number) for number in range(100, 103)]
    return [
        {
            "data": flat(
                100 + n, author_id=author(0), text=f"{WORDS[0]}, edit {n}", edit_history_tweet_ids=history[: n + 1]
            )
        }
        for n in range(3)
    ]


DATES = (
    *("04/05/2026 09:00", "05/04/2026 09:00 AM", "04.05.2026 09:00", "May 4, 2026 · 9:00 AM UTC"),
    *("9:00 AM - 4 May 2026", "Mon May 04 09:00:00 PDT 2026", "1777885200.0", "46146.375"),
    *("May 4, 2026 @ 09:00:00.000", "2026-05-04 09:00:00 UTC", "2026-05-04 09:00:00 CEST", "1777885200000000"),
    *("2026/05/04 09:00", "20260504"),
)
ODD_TEXTS = (
    *("\u202eright to left\u202c and back", "family \U0001f468\u200d\U0001f469\u200d\U0001f467 here", "\u2764\ufe0f"),
    *("&lt;b&gt;not bold&lt;/b&gt; &amp;", "a\u0000NUL", "zero\u200bwidth", "\U0001f600\U0001f600", "line\u2028end"),
)
LATIN = ("Mein Koffer kam spät an – 40 € weg", "Très déçu, 3 £ de frais", "¿Por qué no abre mañana?")


def listening_rows() -> bytes:
    header = [
        "Query Id",
        "Query Name",
        "Date",
        "Title",
        "Snippet",
        "Url",
        "Domain",
        "Sentiment",
        "Language",
        "Author",
        "Full Name",
        "Full Text",
        "Twitter Author ID",
        "Twitter Followers",
        "Twitter Following",
        "Twitter Retweet of",
        "Twitter Retweets",
        "Twitter Likes",
        "Twitter Verified",
        "Thread Id",
    ]
    link = "http://twitter.com/quiet_{}/statuses/{}"
    rows = []
    for n in range(3):
        retweeted = link.format(9, key(9)) if n == 2 else ""
        written = at(n).strftime("%Y-%m-%d %H:%M:%S.0")
        told = [7, "Skyvarn EN", written, "", "", link.format(n, key(n)), "twitter.com", "neutral", "en"]
        rows.append([*told, f"quiet_{n}", f"Quiet {n}", WORDS[n], author(n), 41, 9, retweeted, 0, 0, "false", key(n)])
    return table(header, *rows)


def twarc_csv() -> bytes:
    references = "referenced_tweets.{}.id".format
    metrics = [f"public_metrics.{name}_count" for name in ("impression", "reply", "retweet", "quote", "like")]
    counts = [f"author.public_metrics.{name}_count" for name in ("followers", "following", "listed", "tweet")]
    header = [
        *("id", "conversation_id", references("replied_to"), references("retweeted"), references("quoted")),
        *("author_id", "in_reply_to_user_id", "created_at", "text", "lang", *metrics, "author.id", "author.username"),
        *("author.name", "author.location", *counts, "author.verified", "__twarc.version"),
    ]
    rows = []
    for n, references_of in enumerate((("", "", ""), ("", key(9), ""), (key(8), "", ""), ("", "", key(7)))):
        told = [key(n), key(n), *references_of, author(n), "", flat(n)["created_at"], WORDS[n], "en", 900, 1, 3 + n]
        rows.append([*told, 0, 5, author(n), f"quiet_{n}", "Quiet", "Berlin", 40 + n, 9, 1, 300, "False", "2.14.1"])
    return table(header, *rows)


def tool_tables() -> dict[str, bytes]:
    """The columns of other tools, and Excel's dates."""
    moments = [(key(n), f"quiet_{n}", WORDS[n], at(n)) for n in range(3)]
    sfm = [
        "created_at",
        "twitter_id",
        "screen_name",
        "followers_count",
        "favorite_count/like_count",
        "text",
        "is_retweet",
    ]
    tcat = [
        "id",
        "time",
        "created_at",
        "from_user_name",
        "text",
        "retweet_count",
        "lang",
        "from_user_id",
        "from_user_followercount",
    ]
    tags = "id_str,from_user,text,created_at,time,user_lang,from_user_id_str,in_reply_to_status_id_str,status_url"
    folder = "16-other-tools-columns"
    v1, slashes = "%a %b %d %T +0000 %Y", "%d/%m/%Y %T"
    rows: dict[str, list[Any]] = {"sfm": [sfm], "tcat": [tcat], "tags": [tags.split(",")]}
    rows["sfm_excel_dates"] = [("created_at", "twitter_id", "screen_name", "text")]
    for n, (k, name, text, d) in enumerate(moments):
        rows["sfm"].append((d.isoformat(), k, name, 235, 12, text, "Yes" if n == 1 else "No"))
        rows["sfm_excel_dates"].append((d.strftime("%-m/%-d/%Y  %I:%M:%S %p"), k, name, text))
        rows["tcat"].append((k, int(d.timestamp()), d.strftime("%F %T"), name, text, 0, "en", author(0), 41))
        rows["tags"].append((k, name, text, d.strftime(v1), d.strftime(slashes), "en", author(0), "", ""))
    return {f"{folder}/{name}.csv": table(*listed) for name, listed in rows.items()}


THREE = [status(number) for number in range(3)]
FLATS = [flat(number) for number in range(3)]
TORN = json.dumps(flat(3))[:120].encode()
PACKED = [gzip.compress(lines(one)) for one in FLATS]
NAN = [json.dumps(one | {"in_reply_to_status_id_str": float("nan"), "lang": float("nan")}) for one in THREE]
STRUCTS = [json.dumps(one | {"retweeted_status": float("nan"), "place": float("nan")}) for one in THREE]
MONGO = [one | {"id": {"$numberLong": one["id_str"]}, "_id": {"$oid": "64b0c0ff"}} for one in THREE]
ABSENT_WORDS = ("nan", "None", "null", "NULL", "\\N", "-")
MARK = "\ufeff".encode()
KINDS: dict[str, bytes] = {
    "02-v1-pages/search_tweets.json": json.dumps({"statuses": THREE, "search_metadata": {"count": 3}}).encode(),
    "02-v1-pages/premium_30day.jsonl": lines({"results": THREE, "requestParameters": {}}),
    "02-v1-pages/wrapped.json": json.dumps({"tweets": THREE[:2]}).encode(),
    "03-several-documents/glued.json": "".join(map(json.dumps, FLATS)).encode(),
    "03-several-documents/jq_pretty.json": pretty(*FLATS),
    "03-several-documents/pages_pretty.json": pretty(page(0), page(1, 2)),
    "04-broken-array/comma_lines.json": lines(*FLATS, end=",\n"),
    "04-broken-array/killed_while_writing.json": b"[\n" + lines(*FLATS, end=",\n") + TORN,
    "04-broken-array/one_line.json": b"[" + lines(*FLATS, end=",") + TORN,
    "05-twarc-pages/search.jsonl": lines(
        page(0, 1, 2, __twarc={"version": "2.14.1"}),
        {"meta": {"result_count": 0}, "__twarc": {"version": "2.14.1"}},
        {"errors": [{"title": "Not Found Error", "resource_type": "tweet"}], "__twarc": {"version": "2.14.1"}},
    ),
    "06-bom/joined.csv": b"".join(
        MARK + table(("id", "text", "lang"), (key(n), WORDS[n], "en"), end="\r\n") for n in range(3)
    ),
    "06-bom/joined.jsonl": MARK + lines(page(0, 1, 2)) + MARK + lines(page(3, 4, 5)),
    "06-bom/one_page_with_bom.jsonl": MARK + lines(page(0, 1, 2, 3, 4)),
    "06-bom/notice_with_bom.jsonl": MARK + lines({"delete": {"status": {"id": 1, "id_str": key(0)}}}, THREE[1]),
    "09-pandas-mongo/to_json_lines.jsonl": lines(
        *({"id": int(key(n)), "text": WORDS[n], "created_at": int(at(n).timestamp()) * 1000} for n in range(3))
    ),
    "09-pandas-mongo/nan_scalars.jsonl": "\n".join(NAN).encode(),
    "09-pandas-mongo/nan_structs.jsonl": "\n".join(STRUCTS).encode(),
    "09-pandas-mongo/mongoexport.jsonl": lines(*MONGO),
    "09-pandas-mongo/float_ids.jsonl": lines(*(one | {"id": float(one["id"])} for one in FLATS[:2])),
    "09-pandas-mongo/python_repr.jsonl": "\n".join(map(repr, THREE[:2])).encode(),
    "10-cr-only/excel_macintosh.csv": simple(end="\r"),
    "10-cr-only/lines.jsonl": lines(*FLATS, end="\r"),
    "11-excel-sep/export.csv": b"sep=;\r\n" + simple(";", "\r\n"),
    "12-not-utf8/cp1252.csv": "".join(
        f"{a};{b};{c}\n" for a, b, c in (("id", "text", "lang"), *((key(n), LATIN[n], "de") for n in range(3)))
    ).encode("cp1252"),
    "12-not-utf8/utf16_bom.jsonl": lines(FLATS[0]).decode().encode("utf-16"),
    "12-not-utf8/utf16_no_bom.csv": f"tweet_id\ttext\n{key(0)}\t{WORDS[0]}\n".encode("utf-16-le"),
    "14-listening-tool-export/mentions.csv": b"Report:,Bulk Mentions\nBrand:,Skyvarn\nFrom:,Mon May 04\n\n"
    + listening_rows(),
    "14-listening-tool-export/mentions_without_preamble.csv": listening_rows(),
    "15-twarc-csv/tweets.csv": twarc_csv(),
    **tool_tables(),
    "17-na-literals/r_write_csv.csv": table(
        ("", "tweet_id", "user_username", "text", "author_id", "in_reply_to_status_id", "quoted_status_id"),
        *((n, key(n), f"quiet_{n}", WORDS[n], author(n) if n == 0 else "NA", "NA", "NA") for n in range(3)),
    ),
    "17-na-literals/others.csv": table(
        ("id", "text", "author_id", "in_reply_to_status_id", "quoted_status_id", "lang"),
        *((key(n), WORDS[n], word, word, word, word) for n, word in enumerate(ABSENT_WORDS)),
    ),
    "18-scientific-authors/excel_saved.csv": table(
        ("tweet_id", "text", "user_id", "screen_name"),
        *((key(n), WORDS[n], "1.50E+18", f"quiet_{n}") for n in range(3)),
    ),
    "18-scientific-authors/ids_too.csv": table(
        ("tweet_id", "text", "user_id"), *(("2.04E+18", WORDS[n], "1.1E+08") for n in range(3))
    ),
    "18-scientific-authors/rounded_ids.csv": table(
        ("tweet_id", "text", "created_at"),
        *((key(n)[:15] + "0000", WORDS[n], at(n).isoformat()) for n in range(3)),
    ),
    "21-row-numbers/monday.csv": table(
        ("id", "text", "created_at"), *((n + 1, WORDS[n], at(n).isoformat()) for n in range(3))
    ),
    "21-row-numbers/also_monday.csv": table(
        ("id", "text", "created_at"), *((n - 2, WORDS[n], at(n).isoformat()) for n in range(3, 6))
    ),
    "22-same-words-same-minute/giveaway.csv": table(
        ("date", "author", "username", "tweet"),
        *(("2026-05-04 09:30", n, f"quiet_{n}", "RT to win a kettle") for n in range(5)),
    ),
    "23-dates/with_ids.csv": table(
        ("id", "text", "date"), *((key(n), f"words number {n}", date) for n, date in enumerate(DATES))
    ),
    "23-dates/without_ids.csv": table(("text", "date"), *((f"words number {n}", d) for n, d in enumerate(DATES))),
    "26-tar/day.tar": members("w"),
    "26-tar/day.tar.gz": members("w:gz"),
    "28-empty-hour/stream/2026-05-04-00.jsonl": lines(FLATS[0]),
    "28-empty-hour/stream/2026-05-04-01.jsonl": b"",
    "28-empty-hour/packed/2026-05-04-00.jsonl.gz": PACKED[1],
    "28-empty-hour/packed/2026-05-04-01.jsonl.gz": gzip.compress(b""),
    "28-empty-hour/keepalive_only/a.jsonl": b"\r\n\r\n\r\n",
    "29-gzip/several_members.jsonl.gz": b"".join(PACKED),
    "29-gzip/zero_padding.jsonl.gz": b"".join(PACKED) + bytes(512),
    "29-gzip/trailing_garbage.jsonl.gz": b"".join(PACKED) + b"no gzip at all",
    "31-long-entities/stream.jsonl": lines(*long_note()),
    "32-withheld/stream.jsonl": lines(
        {"data": flat(110, withheld={"copyright": True, "country_codes": ["XY"], "scope": "tweet"})},
        {"data": flat(111, withheld={"copyright": False, "country_codes": ["DE"]})},
        status(112, withheld_in_countries=["XX"], withheld_scope="status"),
    ),
    "33-edits/stream.jsonl": lines(*edits()),
    "35-ought-to-work/odd_texts.jsonl": lines(*(flat(n, text=text) for n, text in enumerate(ODD_TEXTS))),
    "35-ought-to-work/duplicate_keys.jsonl": lines(FLATS[0]).replace(b'{"id"', f'{{"id": "{key(1)}", "id"'.encode()),
    "35-ought-to-work/raw_control_characters.jsonl": b'{"id":"1","text":"a \t tab \0 NUL"}\n' + lines(FLATS[1]),
    "35-ought-to-work/out_of_range.jsonl": lines(
        flat(0, created_at="2031-01-01T00:00:00.000Z"),
        {"id": an_id(START + timedelta(days=9000)), "text": "from the future"},
        {"id": "20", "text": "too early", "created_at": "2006-03-20T23:00:00.000Z"},
        {"id": "20", "text": "in time", "created_at": "2006-03-21T20:50:14.000Z"},
    ),
    "35-ought-to-work/users_page.jsonl": lines(
        {"data": [user(0) | {"public_metrics": {"followers_count": 1}}, user(1)]},
        {"data": [{"start": "2026-05-04T09:00:00.000Z", "tweet_count": 3}], "meta": {"total_tweet_count": 3}},
    ),
    "35-ought-to-work/semicolons_multiline.csv": table(
        ("screen_name", "user_id", "tweet_id", "timestamp_epochs", "text", "likes"),
        *((f"quiet_{n}", author(n), key(n), int(at(n).timestamp()), f"{WORDS[n]}\nsecond; line", 1) for n in (0, 1)),
        delimiter=";",
    ),
    "35-ought-to-work/polls_spaces_notes.jsonl": lines(
        {"data": flat(0, attachments={"poll_ids": ["7"]}, note_tweet={"text": "a note"})}
    ),
    "36-csv-taken-for-json/thread.csv": simple()
    .replace(b"the gate", b"the gate\n[1/2] more", 1)
    .replace(
        WORDS[0].replace("the gate", "the gate\n[1/2] more").encode(),
        b'"' + WORDS[0].replace("the gate", "the gate\n[1/2] more").encode() + b'"',
    ),
    "36-csv-taken-for-json/text_first.csv": table(
        ("text", "id"), (WORDS[0], key(0)), ("[sigh] late again", key(1)), (WORDS[2], key(2))
    ),
    **own_archive("01-own-archive/"),
    # Further kinds.
    "40-packed/tweets.jsonl.bz2": bz2.compress(lines(*FLATS)),
    "40-packed/tweets.jsonl.xz": lzma.compress(lines(*FLATS)),
    "40-packed/tweets.jsonl.zst": zstandard.compress(lines(*FLATS)),
    "40-packed/tweets.zip": zipped({"a.json": lines(flat(5), flat(6)), "b.csv": simple(), "c.pdf": b"%PDF"}),
    "41-own-archive-zip/twitter.zip": zipped(own_archive("")),
    "42-look-up/map.json": json.dumps({"id": {key(0): THREE[0], key(1): None, key(2): THREE[2]}}).encode(),
    "43-site-stream/stream.jsonl": lines(
        {"for_user": "1", "message": THREE[0]},
        {"for_user": "1", "message": {"delete": {"status": {"id_str": key(1)}}}},
        {"for_user": "1", "message": {"friends": [1, 2]}},
    ),
    "44-frames/columns.json": json.dumps(
        {"text": {str(n): WORDS[n] for n in range(3)}, "id": {str(n): key(n) for n in range(3)}}
    ).encode(),
    "44-frames/split.json": json.dumps(
        {"columns": ["id", "text"], "index": [0, 1], "data": [[key(n), WORDS[n]] for n in range(2)]}
    ).encode(),
    "44-frames/snscrape.jsonl": lines(
        {
            "url": f"https://x.com/a/status/{key(0)}",
            "date": at(0).isoformat(),
            "rawContent": WORDS[0],
            "id": int(key(0)),
        }
        | {"user": {"id": int(author(0)), "username": "quiet_0", "followersCount": 5}, "likeCount": 2}
    ),
    "45-results/compliance.jsonl": lines(
        {"id": key(0), "action": "delete", "created_at": "2026-05-04T09:00:00.000Z", "reason": "deleted"}
        | {"redacted_at": "2026-05-05T09:00:00.000Z"}
    ),
    "46-pairs/data_1.json": json.dumps(FLATS).encode(),
    "46-pairs/users_1.json": json.dumps({"users": [user(n) for n in range(3)]}).encode(),
    "47-search-hits/hits.json": json.dumps({"hits": {"hits": [{"_source": one} for one in THREE]}}).encode(),
    "48-torn-page/pages.jsonl": json.dumps(page(0, 1, 2))[:900].encode() + b"\n" + lines(page(3, 4)),
    "49-backslashes/export.csv": b"id,text,lang\n"
    + b"".join(f'{key(n)},"she said \\"no, {n}\\" twice",en\n'.encode() for n in range(3)),
}
"""By path, the content of every kind."""

EXPECTED: dict[str, Outcome] = {
    "01-own-archive/data/tweets.js": Outcome(3),
    "02-v1-pages/search_tweets.json": Outcome(3),
    "02-v1-pages/premium_30day.jsonl": Outcome(3),
    "02-v1-pages/wrapped.json": Outcome(2),
    "03-several-documents/glued.json": Outcome(3),
    "03-several-documents/jq_pretty.json": Outcome(3),
    "03-several-documents/pages_pretty.json": Outcome(3),
    "04-broken-array/comma_lines.json": Outcome(3),
    "04-broken-array/killed_while_writing.json": Outcome(3, rejects={"not_json": 1}),
    "04-broken-array/one_line.json": Outcome(3, rejects={"not_json": 1}),
    "05-twarc-pages/search.jsonl": Outcome(3),
    "06-bom/joined.csv": Outcome(3),
    "06-bom/joined.jsonl": Outcome(6),
    "06-bom/one_page_with_bom.jsonl": Outcome(5),
    "06-bom/notice_with_bom.jsonl": Outcome(1, 1),
    "09-pandas-mongo/to_json_lines.jsonl": Outcome(3),
    "09-pandas-mongo/nan_scalars.jsonl": Outcome(3),
    "09-pandas-mongo/nan_structs.jsonl": Outcome(3),
    "09-pandas-mongo/mongoexport.jsonl": Outcome(3),
    "09-pandas-mongo/float_ids.jsonl": Outcome(0, rejects={"rounded_id": 2}),
    "09-pandas-mongo/python_repr.jsonl": Outcome(0, rejects={"python_literal": 2}),
    "10-cr-only/excel_macintosh.csv": Outcome(3),
    "10-cr-only/lines.jsonl": Outcome(3),
    "11-excel-sep/export.csv": Outcome(3),
    "12-not-utf8/cp1252.csv": Outcome(3),
    "12-not-utf8/utf16_bom.jsonl": Outcome(1),
    "12-not-utf8/utf16_no_bom.csv": Outcome(1),
    "14-listening-tool-export/mentions.csv": Outcome(3),
    "14-listening-tool-export/mentions_without_preamble.csv": Outcome(3),
    "15-twarc-csv/tweets.csv": Outcome(4),
    "16-other-tools-columns/sfm.csv": Outcome(3, authors=3),
    "16-other-tools-columns/sfm_excel_dates.csv": Outcome(3, authors=3),
    "16-other-tools-columns/tags.csv": Outcome(3),
    "16-other-tools-columns/tcat.csv": Outcome(3),
    "17-na-literals/others.csv": Outcome(6),
    "17-na-literals/r_write_csv.csv": Outcome(3, authors=2),
    "18-scientific-authors/excel_saved.csv": Outcome(3, authors=3),
    "18-scientific-authors/ids_too.csv": Outcome(0, rejects={"rounded_id": 3}),
    "18-scientific-authors/rounded_ids.csv": Outcome(0, rejects={"rounded_id": 3}),
    "21-row-numbers/monday.csv": Outcome(3),
    "21-row-numbers/also_monday.csv": Outcome(3),
    "22-same-words-same-minute/giveaway.csv": Outcome(5, authors=5),
    "23-dates/with_ids.csv": Outcome(14),
    "23-dates/without_ids.csv": Outcome(12, rejects={"ambiguous_date": 2}),
    "28-empty-hour/stream/2026-05-04-00.jsonl": Outcome(1),
    "28-empty-hour/packed/2026-05-04-00.jsonl.gz": Outcome(1),
    "29-gzip/several_members.jsonl.gz": Outcome(3),
    "29-gzip/trailing_garbage.jsonl.gz": Outcome(3),
    "29-gzip/zero_padding.jsonl.gz": Outcome(3),
    "31-long-entities/stream.jsonl": Outcome(2),
    "32-withheld/stream.jsonl": Outcome(0, 3),
    "33-edits/stream.jsonl": Outcome(3, 2),
    "35-ought-to-work/duplicate_keys.jsonl": Outcome(1),
    "35-ought-to-work/raw_control_characters.jsonl": Outcome(1, rejects={"not_json": 1}),
    "35-ought-to-work/out_of_range.jsonl": Outcome(1, rejects={"created_at_out_of_range": 3}),
    "35-ought-to-work/semicolons_multiline.csv": Outcome(2),
    "35-ought-to-work/polls_spaces_notes.jsonl": Outcome(1),
    "35-ought-to-work/users_page.jsonl": Outcome(0, rejects={"users_only": 1, "tweet_counts": 1}),
    "36-csv-taken-for-json/text_first.csv": Outcome(3),
    "36-csv-taken-for-json/thread.csv": Outcome(3),
}
"""By path, the outcome of the files that are both here and among the shared cases."""
OWN_EXPECTED: dict[str, Outcome] = {
    "26-tar/day.tar": Outcome(12),
    "26-tar/day.tar.gz": Outcome(12),
    "35-ought-to-work/odd_texts.jsonl": Outcome(len(ODD_TEXTS)),
    "40-packed/tweets.jsonl.bz2": Outcome(3),
    "40-packed/tweets.jsonl.xz": Outcome(3),
    "40-packed/tweets.jsonl.zst": Outcome(3),
    "40-packed/tweets.zip": Outcome(5),
    "41-own-archive-zip/twitter.zip": Outcome(3),
    "42-look-up/map.json": Outcome(2),
    "43-site-stream/stream.jsonl": Outcome(1, 1, {"stream_message": 1}),
    "44-frames/columns.json": Outcome(3),
    "44-frames/split.json": Outcome(2),
    "44-frames/snscrape.jsonl": Outcome(1),
    "45-results/compliance.jsonl": Outcome(0, 1),
    "46-pairs/data_1.json": Outcome(3),
    "47-search-hits/hits.json": Outcome(3),
    "48-torn-page/pages.jsonl": Outcome(4, rejects={"not_json": 1}),
    "49-backslashes/export.csv": Outcome(3),
}
SHARED_EXPECTED: dict[str, Outcome] = {
    "26-tar/day.tar": Outcome(1200),
    "26-tar/day.tar.gz": Outcome(1200),
    "35-ought-to-work/odd_texts.jsonl": Outcome(10),
}


def write_kinds(folder: Path) -> None:
    """Write every kind below `folder`."""
    for name, content in KINDS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
