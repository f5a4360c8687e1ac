"""What Kafka's own tools are told."""

from uuid import UUID

import pytest

from lmc.kafka import cluster_id


@pytest.mark.parametrize("first", range(256))
def test_a_cluster_id_is_never_taken_for_an_option(first: int) -> None:
    told = cluster_id(UUID(bytes=bytes([first, *range(15)])))

    assert not told.startswith("-")
    assert len(told) == 22
