package kafka_streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** The environment variables of a peer: the engines' addresses, its name and its folder. */
final class PeerEnvironment {

    final String kafka = System.getenv("PEER_KAFKA");
    final String database = System.getenv("PEER_DATABASE");
    final String name = System.getenv("PEER_NAME");
    final Path folder = Path.of(System.getenv("PEER_FOLDER"));
    private final AtomicBoolean hasStarted = new AtomicBoolean();

    /** Returns the council of each municipality code. */
    Map<String, String> councils() throws IOException {
        return Files.readAllLines(folder.resolve("councils")).stream()
                .map(line -> line.split(" "))
                .collect(Collectors.toUnmodifiableMap(pair -> pair[0], pair -> pair[1]));
    }

    /** Writes the instant of the first record; later calls change nothing. */
    void noteStart() {
        if (hasStarted.get() || hasStarted.getAndSet(true)) return;
        try {
            String now = System.currentTimeMillis() / 1000.0 + "\n";
            Files.writeString(folder.resolve("started"), now);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
