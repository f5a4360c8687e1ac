"""What each of the compared programs does, and what it does not guarantee, in a sentence each."""

DOES = {
    "lmc_live": "all measures of all indicators, from all domain topics, each batch of records"
    " committed with its positions in one transaction",
    "lmc_rebuild": "all measures of all indicators, from all domain topics, beside the live tables,"
    " compared with them and changed over",
    "kafka_streams": "one measure from two topics; Java, exactly_once_v2, RocksDB, two threads",
    "faust": "one measure from two topics; agents and Tables in memory with changelogs, one worker",
    "quixstreams": "one measure from two topics; exactly-once, RocksDB, one process",
}

DOES_NOT_GUARANTEE = {
    "lmc_live": "Numbers stay right through a kill, a second worker and a restored database, which"
    " tests show; but what comes faster than one worker folds is seen late.",
    "lmc_rebuild": "Its numbers are those of the log at one place; until it has changed over,"
    " readers see the live tables.",
    "kafka_streams": "Exactly once ends at Kafka: a crash between its commit and the write to"
    " PostgreSQL leaves cells old until they change again, and a frozen copy may overwrite newer"
    " ones; merged persons count twice, since linked codes lie in different partitions; no number"
    " can be opened or proved, as known at an instant neither; another definition needs another"
    " application and a new state.",
    "faust": "At least once at best: an exception or a crash between Table, topic and commit adds"
    " or loses persons for good; no merges, nothing to open or prove; the state is the worker's"
    " memory, read again from its changelog at each start.",
    "quixstreams": "Exactly once ends at Kafka: what is written to PostgreSQL before a commit that"
    " then fails stays; no merges, nothing to open or prove; both topics are read in the order of"
    " their time stamps, which holds the faster partitions back.",
}
