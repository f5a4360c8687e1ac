package kafka_streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** What the measurement gives: the engines, a name and a folder, as the environment says. */
final class Ground {

    final String kafka = System.getenv("PEER_KAFKA");
    final String database = System.getenv("PEER_DATABASE");
    final String name = System.getenv("PEER_NAME");
    final Path folder = Path.of(System.getenv("PEER_FOLDER"));
    private final AtomicBoolean hasBegun = new AtomicBoolean();

    /** The council of each code that may be said. */
    Map<String, String> councils() throws IOException {
        return Files.readAllLines(folder.resolve("councils")).stream()
                .map(line -> line.split(" "))
                .collect(Collectors.toUnmodifiableMap(pair -> pair[0], pair -> pair[1]));
    }

    /** Keep the instant of the first record; later calls change nothing. */
    void noteBegun() {
        if (hasBegun.get() || hasBegun.getAndSet(true)) return;
        try {
            String now = System.currentTimeMillis() / 1000.0 + "\n";
            Files.writeString(folder.resolve("begun"), now);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
