package kafka_streams;

/** The newest state of one record of a person; `value` is a block's sex or a placement's council. */
record RecordState(
        String source, String factType, String factid,
        int revision, boolean isRetraction, int version, String id,
        String on, String value) {

    boolean isSameRecordAs(RecordState other) {
        return source.equals(other.source) && factType.equals(other.factType) && factid.equals(other.factid);
    }

    /** Compares revision, retraction, version and id, in this order. */
    boolean hasPrecedenceOver(RecordState other) {
        if (revision != other.revision) return revision > other.revision;
        if (isRetraction != other.isRetraction) return isRetraction;
        if (version != other.version) return version > other.version;
        return id.compareTo(other.id) > 0;
    }

    boolean isPlacement() {
        return !isRetraction && factType.equals(EventRecord.PLACEMENT);
    }

    boolean isBlock() {
        return !isRetraction && !factType.equals(EventRecord.PLACEMENT);
    }

    /** Returns whether this block precedes the other in the order of facts. */
    boolean isBefore(RecordState other) {
        int order = on.compareTo(other.on);
        if (order == 0) order = source.compareTo(other.source);
        if (order == 0) order = factType.compareTo(other.factType);
        if (order == 0) order = factid.compareTo(other.factid);
        return order < 0;
    }
}
