import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trino.Session;
import io.trino.plugin.memory.MemoryConnectorFactory;
import io.trino.spi.TrinoException;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SqlTimestamp;
import io.trino.spi.type.SqlTimestampWithTimeZone;
import io.trino.spi.type.SqlVarbinary;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;
import io.trino.sql.parser.ParsingException;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedResult;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Trino as a judge: one JSON object a line in, one a line out, in any order.
 *
 * <p>{"id": 1, "sql": "SELECT ..."} -> {"id": 1, "columns": ["_col0"], "types": ["bigint"], "rows": [["1"], [null]]}, the values
 * as Athena's results show them, or {"id": 1, "error": "DIVISION_BY_ZERO", "message": "Division by zero"}.
 */
public final class Judge {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LocalQueryRunner runner;
    private final PrintStream out;

    private Judge(LocalQueryRunner runner, PrintStream out) {
        this.runner = runner;
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        Locale.setDefault(Locale.US);
        // Trino's libraries write to standard output; that is ours alone.
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Session session = TestingSession.testSessionBuilder()
                .setCatalog("awsdatacatalog").setSchema("default").setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        LocalQueryRunner runner = LocalQueryRunner.create(session);
        runner.createCatalog("awsdatacatalog", new MemoryConnectorFactory(), Map.of());
        Judge judge = new Judge(runner, out);
        ExecutorService pool = Executors.newFixedThreadPool(2);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = JSON.readTree(line);
            pool.execute(() -> judge.answer(request));
        }
        pool.shutdown();
        pool.awaitTermination(1, TimeUnit.MINUTES);
        System.exit(0);
    }

    private void answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", request.get("id"));
        try {
            fill(answer, runner.execute(request.get("sql").asText()));
        } catch (Throwable error) {
            answer.removeAll();
            answer.set("id", request.get("id"));
            answer.put("error", name(error));
            answer.put("message", message(error));
        }
        synchronized (out) {
            out.println(answer);
            out.flush();
        }
    }

    private static void fill(ObjectNode answer, MaterializedResult result) {
        ArrayNode columns = answer.putArray("columns");
        result.getColumnNames().forEach(columns::add);
        ArrayNode types = answer.putArray("types");
        result.getTypes().forEach(type -> types.add(shown(type)));
        ArrayNode rows = answer.putArray("rows");
        for (MaterializedRow row : result.getMaterializedRows()) {
            ArrayNode cells = rows.addArray();
            for (int i = 0; i < row.getFieldCount(); i++) {
                cells.add(text(result.getTypes().get(i), row.getField(i)));
            }
        }
    }

    /** Athena's texts have no length and its times three digits. */
    private static String shown(Type type) {
        String name = type.getDisplayName();
        return name.replaceAll("varchar\\(\\d+\\)", "varchar").replaceAll("timestamp\\(\\d+\\)", "timestamp(3)");
    }

    private static String text(Type type, Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof SqlVarbinary binary) {
            StringBuilder hex = new StringBuilder();
            for (byte one : binary.getBytes()) {
                hex.append(hex.length() == 0 ? "" : " ").append(String.format("%02x", one));
            }
            return hex.toString();
        }
        if (value instanceof Double || value instanceof Float) {
            return shortest((Number) value);
        }
        if (value instanceof SqlTimestamp || value instanceof SqlTimestampWithTimeZone) {
            return milliseconds(value.toString());
        }
        if (type instanceof ArrayType array) {
            List<String> parts = new ArrayList<>();
            ((List<?>) value).forEach(item -> parts.add(text(array.getElementType(), item)));
            return "[" + String.join(", ", parts.stream().map(String::valueOf).toList()) + "]";
        }
        if (type instanceof MapType map) {
            List<String> parts = new ArrayList<>();
            ((Map<?, ?>) value).forEach((k, v) -> parts.add(text(map.getKeyType(), k) + "=" + text(map.getValueType(), v)));
            return "{" + String.join(", ", parts) + "}";
        }
        if (type instanceof RowType row) {
            List<String> parts = new ArrayList<>();
            Iterator<?> items = value instanceof MaterializedRow fields ? fields.getFields().iterator() : ((List<?>) value).iterator();
            for (int i = 0; i < row.getFields().size(); i++) {
                RowType.Field field = row.getFields().get(i);
                parts.add(field.getName().orElse("field" + i) + "=" + text(field.getType(), items.next()));
            }
            return "{" + String.join(", ", parts) + "}";
        }
        return value.toString();
    }

    /**
     * The fewest digits, but two at least, that read back as the number: what {@code toString} is from Java 19 on. Java 17's writes
     * more for some numbers (JDK-4511638).
     */
    private static String shortest(Number value) {
        boolean narrow = value instanceof Float;
        double number = value.doubleValue();
        if (Double.isNaN(number) || Double.isInfinite(number) || number == 0) {
            return value.toString();
        }
        BigDecimal exact = new BigDecimal(number);
        // The nearest first; beside a power of two another may read back where that does not.
        List<RoundingMode> modes = List.of(RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN);
        for (int digits = 2; ; digits++) {
            for (RoundingMode mode : modes) {
                BigDecimal rounded = exact.round(new MathContext(digits, mode));
                if (narrow ? rounded.floatValue() == value.floatValue() : rounded.doubleValue() == number) {
                    return asJava(rounded);
                }
            }
        }
    }

    private static String asJava(BigDecimal number) {
        String sign = number.signum() < 0 ? "-" : "";
        BigDecimal plain = number.abs().stripTrailingZeros();
        int exponent = plain.precision() - plain.scale() - 1;
        if (exponent >= -3 && exponent < 7) {
            String text = plain.toPlainString();
            return sign + text + (text.contains(".") ? "" : ".0");
        }
        String digits = plain.unscaledValue().toString();
        return sign + digits.charAt(0) + "." + (digits.length() > 1 ? digits.substring(1) : "0") + "E" + exponent;
    }

    /** The digits after the second as Athena shows them: three. */
    private static String milliseconds(String time) {
        int zone = time.indexOf(' ', time.indexOf(' ') + 1);
        String before = zone < 0 ? time : time.substring(0, zone);
        int point = before.indexOf('.');
        String padded = point < 0 ? before + ".000" : before + "0".repeat(Math.max(0, 4 - (before.length() - point)));
        return padded + (zone < 0 ? "" : time.substring(zone));
    }

    private static Throwable known(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof TrinoException || cause instanceof ParsingException) {
                return cause;
            }
        }
        return error;
    }

    private static String name(Throwable error) {
        Throwable known = known(error);
        if (known instanceof TrinoException trino) {
            return trino.getErrorCode().getName();
        }
        return known instanceof ParsingException ? "SYNTAX_ERROR" : "GENERIC_INTERNAL_ERROR";
    }

    private static String message(Throwable error) {
        Throwable known = known(error);
        return known instanceof TrinoException || known instanceof ParsingException ? known.getMessage() : known.toString();
    }
}
