import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVStore;

/**
 * The embedded document store: mongo-java-server over one H2 MVStore file, on 127.0.0.1 because it has no authentication.
 * Usage: java -cp 'mongo/*' Launcher.java PORT WIRE_VERSION FILE
 *
 * <p>Write commands run one at a time and are committed whole before they are answered, and nothing else commits: what a
 * client saw acknowledged survives a killed process, and no half of a command does. The stock backend commits in the
 * background about once a second.
 */
public final class Launcher {
    private static final Set<String> WRITES = Set.of(
            "insert", "update", "delete", "findandmodify", "create", "createindexes", "drop", "dropindexes",
            "dropdatabase", "renamecollection");
    private static final int HOUSEKEEPING_SECONDS = 10;
    private static final int FILL_PERCENT = 70;
    private static final int REWRITE_BYTES = 16 << 20;

    private record Version(int getWireVersion) implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(6, 0, 0);
        }
    }

    private static final class DurableBackend extends H2Backend {
        DurableBackend(MVStore store) {
            super(store);
        }

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (!writes(command.toLowerCase(Locale.ROOT), query)) {
                return super.handleCommand(channel, database, command, query);
            }
            synchronized (this) {
                try {
                    return super.handleCommand(channel, database, command, query);
                } finally { // a bulk that fails in its middle has still changed what came before
                    commit();
                }
            }
        }

        synchronized void compact() {
            if (getMvStore().compact(FILL_PERCENT, REWRITE_BYTES)) {
                commit();
            }
        }

        private static boolean writes(String command, Document query) {
            return WRITES.contains(command)
                    || command.equals("aggregate")
                            && query.get("pipeline") instanceof Collection<?> stages
                            && stages.stream().anyMatch(stage -> stage instanceof Document document
                                    && (document.containsKey("$out") || document.containsKey("$merge")));
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        MVStore store = new MVStore.Builder()
                .fileName(arguments[2]).autoCommitDisabled().autoCommitBufferSize(0).open();
        DurableBackend backend = new DurableBackend(store);
        backend.version(new Version(Integer.parseInt(arguments[1])));
        MongoServer server = new MongoServer(backend);
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow)); // closes the backend and its file
        while (true) { // what nothing refers to any more is reused 45 s later: the file stays near the size of its content
            TimeUnit.SECONDS.sleep(HOUSEKEEPING_SECONDS);
            backend.compact();
        }
    }
}
