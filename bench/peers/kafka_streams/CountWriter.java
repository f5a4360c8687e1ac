package kafka_streams;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Writes the newest count of each cell, in batches; a count replaces the stored one. */
final class CountWriter implements Processor<String, Integer, Void, Void> {

    private static final int BATCH_CELLS = 500;
    private static final Duration FLUSH_INTERVAL = Duration.ofMillis(200);
    private static final String WRITE = """
            INSERT INTO placed (municipality, month, sex, persons)
            SELECT split_part(cell, '|', 1), split_part(cell, '|', 2), split_part(cell, '|', 3), persons
            FROM unnest(?::text[], ?::integer[]) AS counted (cell, persons)
            ON CONFLICT (municipality, month, sex) DO UPDATE
            SET persons = excluded.persons, written_at = clock_timestamp()
            """;

    private final String database;
    private final Map<String, Integer> unwritten = new HashMap<>();
    private Connection connection;
    private PreparedStatement write;

    CountWriter(String database) {
        this.database = database;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        try {
            connection = connect(database);
            write = connection.prepareStatement(WRITE);
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        context.schedule(FLUSH_INTERVAL, PunctuationType.WALL_CLOCK_TIME, now -> flush());
    }

    @Override
    public void process(Record<String, Integer> record) {
        unwritten.put(record.key(), record.value());
        if (unwritten.size() >= BATCH_CELLS) flush();
    }

    @Override
    public void close() {
        try {
            flush();
            if (connection != null) connection.close();
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
    }

    private void flush() {
        if (unwritten.isEmpty()) return;
        Object[] cells = unwritten.keySet().toArray();
        Object[] persons = unwritten.values().toArray();
        try {
            write.setArray(1, connection.createArrayOf("text", cells));
            write.setArray(2, connection.createArrayOf("integer", persons));
            write.executeUpdate();
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        unwritten.clear();
    }

    /** Connects to postgresql://user:password@host:port/name, the form that other drivers accept. */
    private static Connection connect(String database) throws SQLException {
        URI at = URI.create(database);
        String[] login = at.getUserInfo().split(":");
        String url = "jdbc:postgresql://" + at.getHost() + ":" + at.getPort() + at.getPath();
        return DriverManager.getConnection(url, login[0], login[1]);
    }
}
