package kafka_streams;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Hears a person's events and says which cells the person enters (+1) and leaves (-1). */
final class Hearing implements Processor<String, byte[], String, Integer> {

    static final String PEOPLE = "people";
    private static final ObjectReader READER = new ObjectMapper().readerFor(Said.class);

    private final Ground ground;
    private final Map<String, String> councils;
    private ProcessorContext<String, Integer> context;
    private KeyValueStore<String, Person> people;

    Hearing(Ground ground, Map<String, String> councils) {
        this.ground = ground;
        this.councils = councils;
    }

    @Override
    public void init(ProcessorContext<String, Integer> context) {
        this.context = context;
        this.people = context.getStateStore(PEOPLE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        ground.noteBegun();
        Kept fresh = kept(said(record.value()));
        if (fresh == null) return;
        Person known = people.get(record.key());
        Person before = known == null ? Person.NOBODY : known;
        Person after = before.with(fresh);
        if (after == null) return;
        people.put(record.key(), after);
        forward(record, before.cells(), after.cells());
    }

    private void forward(Record<String, byte[]> record, Set<String> before, Set<String> after) {
        for (String cell : before)
            if (!after.contains(cell)) context.forward(record.withKey(cell).withValue(-1));
        for (String cell : after)
            if (!before.contains(cell)) context.forward(record.withKey(cell).withValue(1));
    }

    private Kept kept(Said said) {
        String about = said.about();
        if (about == null) return null;
        boolean isRetraction = said.isRetraction();
        String value = isRetraction ? ""
                : about.equals(Said.PLACEMENT) ? councils.get(said.data().municipality())
                : said.data().sex();
        return new Kept(
                said.source(), about, said.factidOrId(),
                said.revisionOrOne(), isRetraction, said.version(), said.id(),
                isRetraction ? "" : said.data().on(), value);
    }

    private static Said said(byte[] bytes) {
        try {
            return READER.readValue(bytes);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
