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

/** Writes the newest count of each cell, in batches; a count is written whole, never added to. */
final class Writing implements Processor<String, Integer, Void, Void> {

    private static final int WRITTEN_AT_ONCE = 500;
    private static final Duration WRITTEN_WITHIN = Duration.ofMillis(200);
    private static final String WRITE = """
            INSERT INTO placed (municipality, month, sex, persons)
            SELECT split_part(cell, '|', 1), split_part(cell, '|', 2), split_part(cell, '|', 3), persons
            FROM unnest(?::text[], ?::integer[]) AS told (cell, persons)
            ON CONFLICT (municipality, month, sex) DO UPDATE
            SET persons = excluded.persons, written_at = clock_timestamp()
            """;

    private final String database;
    private final Map<String, Integer> waiting = new HashMap<>();
    private Connection connection;
    private PreparedStatement write;

    Writing(String database) {
        this.database = database;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        try {
            connection = connected(database);
            write = connection.prepareStatement(WRITE);
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        context.schedule(WRITTEN_WITHIN, PunctuationType.WALL_CLOCK_TIME, now -> flush());
    }

    @Override
    public void process(Record<String, Integer> record) {
        waiting.put(record.key(), record.value());
        if (waiting.size() >= WRITTEN_AT_ONCE) flush();
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
        if (waiting.isEmpty()) return;
        Object[] cells = waiting.keySet().toArray();
        Object[] persons = waiting.values().toArray();
        try {
            write.setArray(1, connection.createArrayOf("text", cells));
            write.setArray(2, connection.createArrayOf("integer", persons));
            write.executeUpdate();
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        waiting.clear();
    }

    /** From postgresql://user:password@host:port/name, as other languages' drivers take it. */
    private static Connection connected(String database) throws SQLException {
        URI at = URI.create(database);
        String[] login = at.getUserInfo().split(":");
        String url = "jdbc:postgresql://" + at.getHost() + ":" + at.getPort() + at.getPath();
        return DriverManager.getConnection(url, login[0], login[1]);
    }
}
