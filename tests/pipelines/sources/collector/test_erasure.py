"""The collector's own state loses the ids of erased tweets and keeps their moments."""

from conf.settings import Settings
from pipelines.sources.collector.erasure import read_id_keys, replace_ids
from pipelines.sources.collector.store import Store, collector_folder, read_note, save_note
from pipelines.sources.x.clock import moment_of
from pipelines.sources.x.compliance import LOOKUP_NOTE
from tests.builders import an_id
from tests.erasing import key_of

ERASED, KEPT = int(an_id(number=77)), int(an_id(number=78))


def test_an_erased_id_gives_way_to_its_moment_and_leaves_no_byte(offline_settings: Settings) -> None:
    assert read_id_keys(offline_settings) == {}
    store = Store(offline_settings)
    store.write("INSERT INTO positions VALUES ('x:stream', ?, 1.0, 1)", ERASED)
    columns = "source, cause, detail, state, reason, from_id, to_id, since_id, until_id, opened_at, found"
    store.write(
        f"INSERT INTO gaps ({columns}) VALUES ('x', '', '', 'open', '', ?, ?, ?, NULL, 1.0, 0)", KEPT, ERASED, 5
    )
    save_note(store, LOOKUP_NOTE, {"after_id": ERASED, "round": "r"})
    store.close()
    assert read_id_keys(offline_settings) == {key_of(str(each)): each for each in (ERASED, KEPT, 5)}

    other = Store(offline_settings)  # of a collector at work: the log is not emptied by closing
    replace_ids(offline_settings, [ERASED])
    assert set(read_id_keys(offline_settings).values()) == {ERASED - 77, KEPT, 5}
    assert moment_of(ERASED - 77) == moment_of(ERASED)
    store = Store(offline_settings)
    assert read_note(store, LOOKUP_NOTE) == {"after_id": ERASED - 77, "round": "r"}
    store.close()
    content = b"".join(file.read_bytes() for file in collector_folder(offline_settings).glob("collector.db*"))
    traces = [str(ERASED).encode(), ERASED.to_bytes(8, "big")]
    assert [trace for trace in traces if trace in content] == []
    assert KEPT.to_bytes(8, "big") in content
    other.close()
