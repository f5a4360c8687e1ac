"""Tests of the arguments for Kafka's tools."""

from uuid import UUID

import pytest

from lmc.devstack.local_kafka import cluster_id


@pytest.mark.parametrize("first", range(256))
def test_a_cluster_id_never_looks_like_an_option(first: int) -> None:
    made = cluster_id(UUID(bytes=bytes([first, *range(15)])))

    assert not made.startswith("-")
    assert len(made) == 22
