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

/** Consumes a person's events and emits which cells the person enters (+1) and leaves (-1). */
final class PersonProcessor implements Processor<String, byte[], String, Integer> {

    static final String PEOPLE = "people";
    private static final ObjectReader READER = new ObjectMapper().readerFor(EventRecord.class);

    private final PeerEnvironment environment;
    private final Map<String, String> councils;
    private ProcessorContext<String, Integer> context;
    private KeyValueStore<String, PersonState> people;

    PersonProcessor(PeerEnvironment environment, Map<String, String> councils) {
        this.environment = environment;
        this.councils = councils;
    }

    @Override
    public void init(ProcessorContext<String, Integer> context) {
        this.context = context;
        this.people = context.getStateStore(PEOPLE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        environment.noteStart();
        RecordState next = recordState(decode(record.value()));
        if (next == null) return;
        PersonState known = people.get(record.key());
        PersonState before = known == null ? PersonState.UNKNOWN : known;
        PersonState after = before.with(next);
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

    private RecordState recordState(EventRecord event) {
        String factType = event.factType();
        if (factType == null) return null;
        boolean isRetraction = event.isRetraction();
        String value = isRetraction ? ""
                : factType.equals(EventRecord.PLACEMENT) ? councils.get(event.data().municipality())
                : event.data().sex();
        return new RecordState(
                event.source(), factType, event.factidOrId(),
                event.revisionOrOne(), isRetraction, event.version(), event.id(),
                isRetraction ? "" : event.data().on(), value);
    }

    private static EventRecord decode(byte[] bytes) {
        try {
            return READER.readValue(bytes);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
