"""What each of the compared programs computes, and what it does not guarantee."""

COMPUTES = {
    "lmc_live": "all measures of all indicators, from all domain topics, each batch of records"
    " committed with its positions in one transaction",
    "lmc_rebuild": "all measures of all indicators, from all domain topics, into new tables,"
    " compared with the live ones and cut over",
    "kafka_streams": "one measure from two topics; Java, exactly_once_v2, RocksDB, two threads",
    "faust": "one measure from two topics; agents and Tables in memory with changelogs, one worker",
    "quixstreams": "one measure from two topics; exactly-once, RocksDB, one process",
}

DOES_NOT_GUARANTEE = {
    "lmc_live": "Numbers stay right through a kill, a second worker and a restored database, as"
    " tests show; but events that arrive faster than one worker folds are visible late.",
    "lmc_rebuild": "Its numbers are those of the log up to certain offsets; until the cutover,"
    " readers see the live tables.",
    "kafka_streams": "Exactly once ends at Kafka: a crash between its commit and the write to"
    " PostgreSQL leaves cells old until they change again, and a paused replica may overwrite"
    " newer ones; merged persons count twice, since linked codes are in different partitions; no"
    " number can be explained or reconciled, or read as of an instant; another definition needs"
    " another application and a new state.",
    "faust": "At least once at best: an exception or a crash between Table, topic and commit adds"
    " or loses persons for good; no merges, nothing to explain or reconcile; the state is the"
    " worker's memory, read from its changelog at each start.",
    "quixstreams": "Exactly once ends at Kafka: what is written to PostgreSQL before a commit that"
    " then fails stays; no merges, nothing to explain or reconcile; both topics are read in the"
    " order of their timestamps, which slows the faster partitions down.",
}
