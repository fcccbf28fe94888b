import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * The embedded document store: mongo-java-server on one H2 MVStore file, on 127.0.0.1 because it has no authentication.
 * Usage: java -cp 'mongo/*' Launcher.java PORT WIRE_VERSION FILE
 *
 * <p>Write commands run one at a time. Each is committed completely before it is answered, and nothing else commits: an
 * acknowledged command survives a killed process, and no command is half applied. The stock backend commits in the
 * background about once per second.
 *
 * <p>{@code {compact: name, comment: request}} rewrites the file, so that it contains no byte of deleted documents: H2 keeps
 * dead pages until it reuses their space. All clients are disconnected meanwhile; until the new file is ready the request
 * fails with ShutdownInProgress, so that a client repeats it.
 *
 * <p>A {@code find} by a range of text {@code _id}, sorted by it, walks the ordered map of documents as far as its limit. The
 * stock backend knows indexes for equality and {@code $in} only, and reads the whole collection for a range.
 */
public final class Launcher {
    private static final Set<String> WRITES = Set.of(
            "insert", "update", "delete", "findandmodify", "create", "createindexes", "drop", "dropindexes",
            "dropdatabase", "renamecollection");
    private static final Map<String, Predicate<Integer>> BOUNDS = Map.of(
            "$gte", order -> order >= 0, "$gt", order -> order > 0, "$lt", order -> order < 0, "$lte", order -> order <= 0);
    private static final int MOST_IDS = 10_000; // a longer range is read faster by a scan
    private static final String DOCUMENTS = "databases."; // H2Database's name of the map of a collection

    private static final int HOUSEKEEPING_SECONDS = 10;
    private static final int FILL_PERCENT = 70;
    private static final int REWRITE_BYTES = 16 << 20;

    private static final String FRESH = ".fresh";
    private static final int ENTRIES_PER_COMMIT = 10_000;

    private static final int SHUTDOWN_IN_PROGRESS = 91;
    private static final BlockingQueue<String> REQUESTS = new LinkedBlockingQueue<>();
    private static volatile String compacted = "";
    private static volatile MongoServer server;

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
            if (command.equalsIgnoreCase("compact")) {
                return answerCompact(String.valueOf(query.get("comment")));
            }
            if (!writes(command.toLowerCase(Locale.ROOT), query)) {
                return super.handleCommand(channel, database, command, command.equals("find") ? byIds(database, query) : query);
            }
            synchronized (this) {
                try {
                    return super.handleCommand(channel, database, command, query);
                } finally { // a bulk that fails halfway has applied its first operations
                    commit();
                }
            }
        }

        /** The same find by the ids that it would return, if it is one by a range of ids in their order. */
        private Document byIds(String database, Document find) {
            if (!(find.get("filter") instanceof Document filter && filter.keySet().equals(Set.of("_id"))
                    && filter.get("_id") instanceof Document range && BOUNDS.keySet().containsAll(range.keySet())
                    && range.values().stream().allMatch(String.class::isInstance)
                    && find.get("sort") instanceof Document sort && sort.keySet().equals(Set.of("_id")))) {
                return find;
            }
            int skip = find.get("skip") instanceof Number number ? number.intValue() : 0;
            int limit = find.get("limit") instanceof Number number ? Math.abs(number.intValue()) : 0;
            List<Object> ids = walk(
                    DOCUMENTS + database + "." + find.get("find"), range, ((Number) sort.get("_id")).intValue() < 0,
                    limit == 0 ? MOST_IDS + 1 : Math.min(skip + limit, MOST_IDS + 1));
            return ids.size() > MOST_IDS
                    ? find
                    : find.clone().append("filter", new Document("_id", new Document("$in", ids)));
        }

        private List<Object> walk(String name, Document range, boolean backwards, int most) {
            List<Object> ids = new ArrayList<>();
            if (!getMvStore().hasMap(name)) {
                return ids;
            }
            Object low = range.containsKey("$gt") ? range.get("$gt") : range.get("$gte");
            Object high = range.containsKey("$lt") ? range.get("$lt") : range.get("$lte");
            Cursor<Object, Object> keys = getMvStore().openMap(name)
                    .cursor(backwards ? high : low, backwards ? low : high, backwards);
            while (ids.size() < most && keys.hasNext()) {
                if (keys.next() instanceof String id && isWithin(id, range)) {
                    ids.add(id);
                }
            }
            return ids;
        }

        private static boolean isWithin(String id, Document range) {
            return range.entrySet().stream()
                    .allMatch(bound -> BOUNDS.get(bound.getKey()).test(id.compareTo((String) bound.getValue())));
        }

        private static Document answerCompact(String request) {
            if (request.equals(compacted)) {
                return new Document("ok", 1.0);
            }
            if (!REQUESTS.contains(request)) {
                REQUESTS.add(request);
            }
            throw new MongoServerError(SHUTDOWN_IN_PROGRESS, "ShutdownInProgress", "the file is being rewritten");
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

    public static void main(String[] arguments) throws InterruptedException, IOException {
        Runtime.getRuntime().addShutdownHook(new Thread(Launcher::end)); // closes the backend and its file
        Files.deleteIfExists(Path.of(arguments[2] + FRESH)); // left by a kill during a compaction
        while (true) {
            DurableBackend backend = serve(Integer.parseInt(arguments[0]), arguments[1], arguments[2]);
            String request = null;
            while (request == null) { // unreferenced pages are reused after 45 s, so the file stays small
                request = REQUESTS.poll(HOUSEKEEPING_SECONDS, TimeUnit.SECONDS);
                if (request == null) {
                    backend.compact();
                }
            }
            server.shutdownNow();
            rewrite(arguments[2]);
            compacted = request;
        }
    }

    /** Copies entry by entry: a copy of pages, as by MVStoreTool, keeps the keys of deleted entries in inner pages. */
    private static void rewrite(String file) throws IOException {
        try (MVStore from = new MVStore.Builder().fileName(file).readOnly().open();
                MVStore to = new MVStore.Builder().fileName(file + FRESH).autoCommitDisabled().open()) {
            for (String name : from.getMapNames()) {
                copy(from.openMap(name), to, to.openMap(name));
            }
        }
        Files.move(Path.of(file + FRESH), Path.of(file), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void copy(MVMap<Object, Object> from, MVStore store, MVMap<Object, Object> to) {
        Cursor<Object, Object> entries = from.cursor(null);
        for (int number = 1; entries.hasNext(); number++) {
            to.put(entries.next(), entries.getValue());
            if (number % ENTRIES_PER_COMMIT == 0) {
                store.commit();
            }
        }
        store.commit();
    }

    private static void end() {
        if (server != null) {
            server.shutdownNow();
        }
    }

    private static DurableBackend serve(int port, String wireVersion, String file) {
        MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(0).open();
        DurableBackend backend = new DurableBackend(store);
        backend.version(new Version(Integer.parseInt(wireVersion)));
        server = new MongoServer(backend);
        server.bind("127.0.0.1", port);
        return backend;
    }
}
