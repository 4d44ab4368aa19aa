import type { SystemResult } from "../plan.ts";
import { medianOf } from "../report.ts";
import { LINK_PACKET, totalOf, WORKLOAD_BYTES } from "./cpu-floor.ts";
import type { Floors } from "./floors.ts";

const MEANING =
  "A floor is what the architecture costs on this machine before any protocol: eight Node processes that only pass 64 bytes on over the " +
  "same kinds of sockets, once in a row and once passed as often as in the mesh; two plain TCP proxies in Node; and the sum of what the " +
  `steps of a packet cost alone (${LINK_PACKET} bytes on a link, ${WORKLOAD_BYTES} of them the workload's). ` +
  "Of connections more is better, of all else less.";

/** The floors, and how far above them the mesh is in the same run. Empty when there are none. */
export function renderFloors(floors: Floors, mesh: SystemResult | undefined): string {
  const roundTrip = (result: SystemResult | null | undefined, percentile: "p50Micros" | "p99Micros") =>
    medianOf(result?.roundTrip ?? [], (one) => one[percentile]);
  const rate = (result: SystemResult | null | undefined, parallel: number) =>
    medianOf(result?.connectionRate.filter((one) => one.parallel === parallel) ?? [], (one) => one.perSecond);
  const cpu = (streams: number) =>
    medianOf(mesh?.throughput.filter((one) => one.streams === streams) ?? [], (one) => one.cpuSecondsPerGigabyte);
  const total = floors.cpu === null ? undefined : totalOf(floors.cpu);
  const rows = [
    ...(["p50Micros", "p99Micros"] as const).flatMap((percentile) => {
      const name = `round trip, ${percentile.slice(0, 3)}, µs`;
      return [
        row(`${name}: eight processes in a row`, roundTrip(floors.row, percentile), roundTrip(mesh, percentile)),
        row(`${name}: … as the mesh has them`, roundTrip(floors.relays, percentile), roundTrip(mesh, percentile)),
      ];
    }),
    ...[1, 16].map((parallel) =>
      row(`connections/s, ${parallel} at once: two proxies`, rate(floors.proxies, parallel), rate(mesh, parallel)),
    ),
    ...[1, 8].map((streams) => row(`CPU s per GB, ${streams} streams: sum of the steps`, total, cpu(streams), 1)),
  ].filter(([, floor]) => floor !== "–");
  if (rows.length === 0 && floors.problems.length === 0) return "";
  const headings = ["floor", "floor's", "mesh's", "mesh / floor"];
  const table = [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
  const parts = floors.cpu?.map(
    ({ name, times, cpuSecondsPerGigabyte }) => `${name}, ${times} × ${(cpuSecondsPerGigabyte / times).toFixed(2)}`,
  );
  const sum = parts === undefined ? "" : `CPU s per GB, step by step: ${parts.join("; ")}.\n`;
  return `${table}\n${MEANING}\n${sum}${floors.problems.map((problem) => `- Not measured: ${problem}\n`).join("")}`;
}

function row(name: string, floor: number | undefined, mesh: number | undefined, digits = 0): string[] {
  const text = (value: number | undefined, places: number): string => value?.toFixed(places) ?? "–";
  const ratio = floor === undefined || mesh === undefined ? undefined : mesh / floor;
  return [name, text(floor, digits), text(mesh, digits), text(ratio, 2)];
}
