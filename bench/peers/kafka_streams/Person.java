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

/** The records of one person that the work needs, each in its newest state. */
record Person(List<Kept> records) {

    static final Person NOBODY = new Person(List.of());

    /** The person with this state of a record, or null if a stronger or the same one is known. */
    Person with(Kept fresh) {
        List<Kept> after = new ArrayList<>(records.size() + 1);
        for (Kept known : records) {
            if (!known.isSameRecordAs(fresh)) after.add(known);
            else if (!fresh.isStrongerThan(known)) return null;
        }
        after.add(fresh);
        return new Person(after);
    }

    /** The cells, as "council|month|sex", in which the person was placed: once in each. */
    Set<String> cells() {
        Set<String> found = new HashSet<>();
        for (Kept each : records)
            if (each.isPlacement())
                found.add(each.value() + "|" + each.on().substring(0, 7) + "|" + sexOn(each.on()));
        return found;
    }

    /** By the latest block on or before the day, or else by the first. */
    private String sexOn(String day) {
        Kept latest = null;
        Kept first = null;
        for (Kept each : records) {
            if (!each.isBlock()) continue;
            if (first == null || each.isBefore(first)) first = each;
            boolean isKnownThen = each.on().compareTo(day) <= 0;
            if (isKnownThen && (latest == null || latest.isBefore(each))) latest = each;
        }
        if (first == null) return "unknown";
        return (latest == null ? first : latest).value();
    }

    static Serde<Person> serde() {
        return Serdes.serdeFrom((topic, person) -> written(person), (topic, bytes) -> read(bytes));
    }

    private static byte[] written(Person person) {
        if (person == null) return null;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(person.records.size());
            for (Kept each : person.records) {
                out.writeUTF(each.source());
                out.writeUTF(each.about());
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

    private static Person read(byte[] bytes) {
        if (bytes == null) return null;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int count = in.readInt();
            List<Kept> records = new ArrayList<>(count);
            for (int n = 0; n < count; n++)
                records.add(new Kept(
                        in.readUTF(), in.readUTF(), in.readUTF(),
                        in.readInt(), in.readBoolean(), in.readInt(), in.readUTF(),
                        in.readUTF(), in.readUTF()));
            return new Person(records);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
