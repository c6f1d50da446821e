import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads lines as Airbyte's platform does, and writes them on as it does to the destination, which reads them once more: for each
 * line of stdin the line that is written on, or "refused: " and why. The settings are those of airbyte-commons, Jsons.kt and
 * MoreMappers.kt: a text may have any length, fractions are exact, and numbers are written in full.
 */
final class PlatformReader {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper mapper = new ObjectMapper().configure(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN, true);
    ObjectMapper exact = mapper.copy().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    StreamReadConstraints limits = StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build();
    mapper.getFactory().setStreamReadConstraints(limits);
    exact.getFactory().setStreamReadConstraints(limits);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String said;
      try {
        said = mapper.writeValueAsString(exact.readTree(line));
        exact.readTree(said);
      } catch (Exception error) {
        said = "refused: " + error.getMessage().lines().findFirst().orElse("");
      }
      out.print(said + "\n");
    }
    out.flush();
  }
}
