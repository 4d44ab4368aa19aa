import { medianOf } from "../figures.ts";
import { type Column, problemLines, tableOf, text } from "../tables.ts";
import type { TransitResult, TransitRound } from "./transit.ts";

const MEANING =
  "Packets through node b, from its link to a to its link to c, on loopback; medians. cluster-flor alone: the generator is at its " +
  "FlorIO socket, in link-flor's place, and what it sends as one frame arrives as one. link-flor and cluster-flor: the generator is behind the " +
  "link-flors of a and c, which decide what travels together. Sent is as fast as packets come out, with 64 on their way, or 256 KB. CPU is that of the " +
  "node's own processes. The generator, and the two neighbours, share the machine's cores with them, so that packets per second are " +
  "fewer than the node alone would pass: the CPU time per packet tells more.";

const COLUMNS: readonly Column<TransitResult>[] = [
  { heading: "node", cell: ({ name }) => name },
  { heading: "bytes per packet", cell: ({ packetBytes }) => packetBytes.toLocaleString("en") },
  { heading: "packets per frame", cell: ({ packetsPerFrame }) => String(packetsPerFrame) },
  { heading: "packets/s", cell: ({ rounds }) => median(rounds, ({ packetsPerSecond }) => packetsPerSecond, 0) },
  { heading: "µs of CPU per packet", cell: ({ rounds }) => microsText(rounds) },
  { heading: "lost %", cell: ({ rounds }) => median(rounds, ({ lostShare }) => lostShare * 100, 1) },
];

/** The figures as a table in Markdown, with what they mean below it. */
export function renderTransit(results: readonly TransitResult[]): string {
  const problems = results.map(({ name, packetBytes, packetsPerFrame, problems: all }) =>
    problemLines(`${name}, ${packetsPerFrame} of ${packetBytes} bytes per frame`, all),
  );
  return `${tableOf(COLUMNS, results)}\n${MEANING}\n${problems.join("")}`;
}

function microsText(rounds: readonly TransitRound[]): string {
  const processes = Object.keys(rounds[0]?.microsPerPacket ?? {});
  const texts = processes.map((name) => `${name} ${median(rounds, (round) => round.microsPerPacket[name]!, 1)}`);
  return texts.join(", ") || "–";
}

function median(rounds: readonly TransitRound[], figure: (round: TransitRound) => number, digits: number): string {
  return text(medianOf(rounds.map(figure)), digits);
}
