package kafka_streams;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** The fields of an event in Kafka that this application reads. */
@JsonIgnoreProperties(ignoreUnknown = true)
record EventRecord(String id, String source, String type, String factid, Integer revision, Content data) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Content(String on, String municipality, String sex, String type) {}

    private static final String BLOCK_1 = "registration.returnee.registered";
    private static final String BLOCK_2 = "registration.person.enrolled";
    static final String PLACEMENT = "matching.placement.made";

    String typeWithoutVersion() {
        return type.substring(0, type.lastIndexOf(".v"));
    }

    int version() {
        return Integer.parseInt(type.substring(type.lastIndexOf(".v") + 2));
    }

    boolean isRetraction() {
        return typeWithoutVersion().endsWith(".fact.retracted");
    }

    /** The type of the fact that is recorded or retracted, or null if this application ignores it. */
    String factType() {
        String factType = isRetraction() ? data.type() : typeWithoutVersion();
        boolean isUsed = BLOCK_1.equals(factType) || BLOCK_2.equals(factType) || PLACEMENT.equals(factType);
        return isUsed ? factType : null;
    }

    String factidOrId() {
        return factid == null ? id : factid;
    }

    int revisionOrOne() {
        return revision == null ? 1 : revision;
    }
}
