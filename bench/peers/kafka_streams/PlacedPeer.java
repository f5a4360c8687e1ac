package kafka_streams;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.Stores;

/** Counts MI-13 `placed` by municipality, month and sex with Kafka Streams. */
public final class PlacedPeer {

    private static final List<String> TOPICS = List.of("registration-events", "matching-events");
    private static final String THREADS = "2"; // one per core of the measuring machine
    private static final String COMMIT_MS = "500"; // as often as a municipality is published
    private static final String CACHE_BYTES = String.valueOf(64 << 20);

    public static void main(String[] arguments) throws IOException {
        PeerEnvironment environment = new PeerEnvironment();
        KafkaStreams streams = new KafkaStreams(topology(environment), settings(environment));
        streams.setUncaughtExceptionHandler(problem -> {
            problem.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    /** Both topics have the same number of partitions, so one task reads all events of a person. */
    private static Topology topology(PeerEnvironment environment) throws IOException {
        Map<String, String> councils = environment.councils();
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(PersonProcessor.PEOPLE), Serdes.String(), PersonState.serde())
                .withCachingEnabled());
        builder.stream(TOPICS, Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .process(() -> new PersonProcessor(environment, councils), PersonProcessor.PEOPLE)
                .groupByKey(Grouped.with("cell", Serdes.String(), Serdes.Integer()))
                .reduce(Integer::sum, Materialized.as("counts"))
                .toStream()
                .process(() -> new CountWriter(environment.database));
        return builder.build();
    }

    private static Properties settings(PeerEnvironment environment) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, environment.name);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, environment.kafka);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, environment.folder.resolve("state").toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_MS);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        return settings;
    }
}
