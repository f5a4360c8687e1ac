"""Keys go to the partitions that Kafka's own clients choose."""

import pytest

from runtime.messaging.outbox_relay import partition_of


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_partition_is_the_positive_murmur2_of_the_key(key: bytes, hashed: int) -> None:
    """The hashes are those of the test of Kafka's Java client."""
    assert partition_of(key, 12) == (hashed & 0x7FFFFFFF) % 12
