package kafka_streams;

/** The newest state of one record of a person; `value` is a block's sex or a placement's council. */
record Kept(
        String source, String about, String factid,
        int revision, boolean isRetraction, int version, String id,
        String on, String value) {

    boolean isSameRecordAs(Kept other) {
        return source.equals(other.source) && about.equals(other.about) && factid.equals(other.factid);
    }

    /** Revision, retraction over statement, version, id: the stronger state counts. */
    boolean isStrongerThan(Kept other) {
        if (revision != other.revision) return revision > other.revision;
        if (isRetraction != other.isRetraction) return isRetraction;
        if (version != other.version) return version > other.version;
        return id.compareTo(other.id) > 0;
    }

    boolean isPlacement() {
        return !isRetraction && about.equals(Said.PLACEMENT);
    }

    boolean isBlock() {
        return !isRetraction && !about.equals(Said.PLACEMENT);
    }

    /** Whether this block comes before the other in the order of facts. */
    boolean isBefore(Kept other) {
        int order = on.compareTo(other.on);
        if (order == 0) order = source.compareTo(other.source);
        if (order == 0) order = about.compareTo(other.about);
        if (order == 0) order = factid.compareTo(other.factid);
        return order < 0;
    }
}
