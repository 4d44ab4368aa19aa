import { connectionsOf, cpuOf, roundTripOf } from "../medians.ts";
import type { SystemResult } from "../plan.ts";
import { markdownTable, type Table } from "../table.ts";
import { type FloorPart, PACKETS, totalOf } from "./cpu-floor.ts";
import type { CpuFloors, Floors } from "./floors.ts";

const FLOORS_MEANING =
  "A floor is what the architecture costs on this machine before any protocol: eight Node processes in a row that only pass 64 bytes on " +
  "over the same kinds of sockets; two plain TCP proxies in Node; and the sum of what the " +
  `steps of a packet cost alone, with ${PACKETS.large.name} and with ${PACKETS.small.name}. ` +
  "Of connections more is better, of all else less.";

const CPU_FLOORS: readonly (keyof CpuFloors)[] = ["large", "small"];

/** In Markdown. Empty when there are none. */
export function renderFloors(floors: Floors, mesh: SystemResult | undefined): string {
  const table = floorTable(floors, mesh);
  if (table.rows.length === 0 && floors.problems.length === 0) return "";
  const problems = floors.problems.map((problem) => `- Not measured: ${problem}\n`).join("");
  return `${markdownTable(table)}\n${FLOORS_MEANING}\n${floorParts(floors)}\n${problems}`;
}

/** The floors, and how far above them the mesh is in the same run. */
function floorTable(floors: Floors, mesh: SystemResult | undefined): Table {
  const rows = [
    ...(["p50Micros", "p99Micros"] as const).map((percentile) => {
      const name = `round trip, ${percentile.slice(0, 3)}, µs`;
      return row(
        `${name}: eight processes in a row`,
        roundTripOf(floors.row, percentile),
        roundTripOf(mesh, percentile),
      );
    }),
    ...[1, 16].map((parallel) =>
      row(
        `connections/s, ${parallel} at once: two proxies`,
        connectionsOf(floors.proxies, parallel),
        connectionsOf(mesh, parallel),
      ),
    ),
    ...CPU_FLOORS.flatMap((size) =>
      [1, 8].map((streams) => {
        const name = `CPU s per GB, ${streams === 1 ? "1 stream" : `${streams} streams`}: ${PACKETS[size].name}`;
        return row(name, floors.cpu === null ? undefined : totalOf(floors.cpu[size]), cpuOf(mesh, streams), 1);
      }),
    ),
  ].filter(([, floor]) => floor !== "–");
  return { headings: ["floor", "floor's", "mesh's", "mesh / floor"], rows };
}

/** What the CPU floors are sums of, in a sentence each; empty when there are none. */
function floorParts({ cpu }: Floors): string {
  if (cpu === null) return "";
  return CPU_FLOORS.map((size) => `CPU s per GB with ${PACKETS[size].name}: ${sumText(cpu[size])}.`).join(" ");
}

function sumText(parts: readonly FloorPart[]): string {
  return parts
    .map(
      ({ name, times, cpuSecondsPerGigabyte }) => `${name}, ${times} × ${(cpuSecondsPerGigabyte / times).toFixed(2)}`,
    )
    .join("; ");
}

function row(name: string, floor: number | undefined, mesh: number | undefined, digits = 0): string[] {
  const text = (value: number | undefined, places: number): string => value?.toFixed(places) ?? "–";
  const ratio = floor === undefined || mesh === undefined ? undefined : mesh / floor;
  return [name, text(floor, digits), text(mesh, digits), text(ratio, 2)];
}
