package kafka_streams;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What the work needs of an event as it stands on the bus. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Said(String id, String source, String type, String factid, Integer revision, Content data) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Content(String on, String municipality, String sex, String type) {}

    private static final String BLOCK_1 = "registration.returnee.registered";
    private static final String BLOCK_2 = "registration.person.enrolled";
    static final String PLACEMENT = "matching.placement.made";

    String stated() {
        return type.substring(0, type.lastIndexOf(".v"));
    }

    int version() {
        return Integer.parseInt(type.substring(type.lastIndexOf(".v") + 2));
    }

    boolean isRetraction() {
        return stated().endsWith(".fact.retracted");
    }

    /** The type of the record that is stated or taken back, or null if the work has no use for it. */
    String about() {
        String about = isRetraction() ? data.type() : stated();
        boolean isOurs = BLOCK_1.equals(about) || BLOCK_2.equals(about) || PLACEMENT.equals(about);
        return isOurs ? about : null;
    }

    String factidOrId() {
        return factid == null ? id : factid;
    }

    int revisionOrOne() {
        return revision == null ? 1 : revision;
    }
}
