/**
 * Loaded with `--import`, it has cluster-flor make the mistake that MISTAKE names, for tests of the kit that judges cluster vertices: a kit
 * that does not find the mistake is worth nothing. A mistake is a line of the sources that is replaced; a line that is missing is an error.
 */
import { editProgram } from "@florenetes/vertex-kit/edited-program";

/** For each mistake, the line as it is in a bundle, and its replacement. */
const MISTAKES = {
  asks_once: [/record\.nextAt = now \+ record\.intervalMs;/, "record.nextAt = Infinity;"],
  asks_for_all_at_once: [/if \(inFlight === (32|REQUESTS_IN_FLIGHT_MAX)\)/, "if (inFlight === 999)"],
  acknowledges_gaps: [/if \(from <= this\.generation && to > this\.generation\)/, "if (to > this.generation)"],
  rounds_generations: [
    /return BigInt\(value\.high >>> 0\) << 32n \| BigInt\(value\.low >>> 0\);/,
    "return BigInt(toNumber(value));",
  ],
  believes_late_messages: [/return number === attachment \? "ours" : "late";/, 'return "ours";'],
  waits_for_the_silent: [/SILENT_AFTER_MS = (1e3|1_000);/, "SILENT_AFTER_MS = 60_000;"],
  sends_any_size: [/row\.mtu = status\.mtu;/, "row.mtu = 64_990;"],
  hands_its_table_to_anybody: [/if \(!features\.includes\((TRANSIT_FEATURE|"transit")\)\) return;/, ";"],
  leaves_its_socket_behind: [/\(0, node_fs\.unlinkSync\)\(path\);/, ";"],
};

const [line, mistake] = MISTAKES[process.env["MISTAKE"]];
let isMade = false;

editProgram((program) => {
  isMade = line.test(program);
  return program.replace(line, mistake);
});

process.on("exit", () => {
  if (!isMade) process.stderr.write(`no line of the sources is ${line}\n`);
});
