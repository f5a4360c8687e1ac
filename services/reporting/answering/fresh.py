"""How fresh the tables are, as an answer over HTTP."""

from datetime import datetime

from services.reporting.answering.answers import Answer
from services.reporting.folding.freshness import Fresh


class PartitionAnswer(Answer):
    """How many records of a partition wait."""

    topic: str
    partition: int
    lag: int


class FreshnessAnswer(Answer):
    """`folded_to`: every record acknowledged by then is folded; null: not known since the start."""

    folded_to: datetime | None
    lag: int
    topics: tuple[PartitionAnswer, ...]


def freshness_answer(fresh: Fresh) -> FreshnessAnswer:
    """A look at the log as an answer."""
    waiting = tuple(
        PartitionAnswer(topic=each.topic, partition=each.partition, lag=each.lag)
        for each in fresh.partitions
    )
    return FreshnessAnswer(folded_to=fresh.folded_to, lag=fresh.lag, topics=waiting)
