"""The buffer between X's socket and Kafka."""

import threading

from pipelines.sources.x.stream.buffer import Buffer, Item
from stack.processes import wait_until


def an_item(number: int, size: int = 800) -> Item:
    return Item(b"x" * size, number, "x:stream", 0.0)


def test_it_takes_no_more_than_its_bytes_and_gives_in_order() -> None:
    buffer = Buffer(10_000)
    taken = [number for number in range(20) if buffer.put(an_item(number))]
    assert taken == list(range(10))
    assert (buffer.depth, buffer.buffered_bytes, buffer.has_room) == (10, 10_000, False)
    found = [buffer.get(0.01) for _ in range(11)]
    assert [item.tweet_id for item in found if item] == taken
    assert found[-1] is None
    assert buffer.buffered_bytes == 0


def test_one_line_longer_than_the_buffer_still_goes_through() -> None:
    assert Buffer(100).put(an_item(1))


def test_a_repair_leaves_half_of_it_to_the_stream() -> None:
    buffer, stop = Buffer(10_000), threading.Event()
    thread = threading.Thread(target=lambda: [buffer.put_when_room(an_item(number), stop) for number in range(20)])
    thread.start()
    assert wait_until(lambda: buffer.depth == 6, 5)
    assert buffer.put(an_item(99))
    for _ in range(3):
        buffer.get(1)
    assert wait_until(lambda: buffer.depth >= 5, 5)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
