package kafka_streams;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** The records of one person that this application reads, each in its newest state. */
record PersonState(List<RecordState> records) {

    static final PersonState UNKNOWN = new PersonState(List.of());

    /** Returns the person with this state of a record, or null if it changes nothing. */
    PersonState with(RecordState next) {
        List<RecordState> after = new ArrayList<>(records.size() + 1);
        for (RecordState known : records) {
            if (!known.isSameRecordAs(next)) after.add(known);
            else if (!next.hasPrecedenceOver(known)) return null;
        }
        after.add(next);
        return new PersonState(after);
    }

    /** Returns the cells ("council|month|sex") in which the person was placed. */
    Set<String> cells() {
        Set<String> found = new HashSet<>();
        for (RecordState each : records)
            if (each.isPlacement())
                found.add(each.value() + "|" + each.on().substring(0, 7) + "|" + sexOn(each.on()));
        return found;
    }

    /** Returns the sex by the latest block on or before the day, else by the first block. */
    private String sexOn(String day) {
        RecordState latest = null;
        RecordState first = null;
        for (RecordState each : records) {
            if (!each.isBlock()) continue;
            if (first == null || each.isBefore(first)) first = each;
            boolean isOnOrBefore = each.on().compareTo(day) <= 0;
            if (isOnOrBefore && (latest == null || latest.isBefore(each))) latest = each;
        }
        if (first == null) return "unknown";
        return (latest == null ? first : latest).value();
    }

    static Serde<PersonState> serde() {
        return Serdes.serdeFrom((topic, person) -> encode(person), (topic, bytes) -> decode(bytes));
    }

    private static byte[] encode(PersonState person) {
        if (person == null) return null;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(person.records.size());
            for (RecordState each : person.records) {
                out.writeUTF(each.source());
                out.writeUTF(each.factType());
                out.writeUTF(each.factid());
                out.writeInt(each.revision());
                out.writeBoolean(each.isRetraction());
                out.writeInt(each.version());
                out.writeUTF(each.id());
                out.writeUTF(each.on());
                out.writeUTF(each.value());
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static PersonState decode(byte[] bytes) {
        if (bytes == null) return null;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int count = in.readInt();
            List<RecordState> records = new ArrayList<>(count);
            for (int n = 0; n < count; n++)
                records.add(new RecordState(
                        in.readUTF(), in.readUTF(), in.readUTF(),
                        in.readInt(), in.readBoolean(), in.readInt(), in.readUTF(),
                        in.readUTF(), in.readUTF()));
            return new PersonState(records);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
