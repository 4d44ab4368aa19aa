import { medianOf } from "../medians.ts";
import { markdownTable, type Table } from "../table.ts";
import type { TransitResult, TransitRound } from "./transit.ts";

const TRANSIT_MEANING =
  "Packets through node b, from its link to a to its link to c, on loopback; medians. cluster-flor alone: the generator is at its " +
  "FlorIO socket, in link-flor's place, and what it sends as one frame arrives as one. link-flor and cluster-flor: the generator is behind the " +
  "link-flors of a and c, which decide what travels together. Sent is as fast as packets come out, with 64 on their way, or 256 KB. CPU is that of the " +
  "node's own processes. The generator, and the two neighbours, share the machine's cores with them, so that packets per second are " +
  "fewer than the node alone would pass: the CPU time per packet tells more.";

/** The figures as a table in Markdown, with what they mean below it. */
export function renderTransit(results: readonly TransitResult[]): string {
  const problems = results.flatMap(({ name, packetBytes, packetsPerFrame, problem }) =>
    problem === null
      ? []
      : [`- ${name}, ${packetsPerFrame} of ${packetBytes} bytes per frame: not measured: ${problem.split("\n")[0]}\n`],
  );
  return `${markdownTable(transitTable(results))}\n${TRANSIT_MEANING}\n${problems.join("")}`;
}

function transitTable(results: readonly TransitResult[]): Table {
  const headings = ["node", "bytes per packet", "packets per frame", "packets/s", "µs of CPU per packet", "lost"];
  const rows = results.map(({ name, packetBytes, packetsPerFrame, rounds, problem }) => [
    name,
    packetBytes.toLocaleString("en"),
    String(packetsPerFrame),
    text(rounds, ({ packetsPerSecond }) => packetsPerSecond, 0),
    processesOf(rounds)
      .map((process) => `${process} ${text(rounds, ({ microsPerPacket }) => microsPerPacket[process]!, 1)}`)
      .join(", ") || "–",
    problem === null ? `${text(rounds, ({ lostShare }) => lostShare * 100, 1)} %` : "–",
  ]);
  return { headings, rows };
}

function processesOf(rounds: readonly TransitRound[]): string[] {
  return [...new Set(rounds.flatMap(({ microsPerPacket }) => Object.keys(microsPerPacket)))];
}

function text(rounds: readonly TransitRound[], figure: (round: TransitRound) => number, digits: number): string {
  const median = medianOf(rounds, figure);
  if (median === undefined) return "–";
  return median.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
