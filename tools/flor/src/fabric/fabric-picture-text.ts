import { formatCounts, formatTable } from "@florenetes/process-kit";
import { type FabricPicture, fabricVerdict } from "./fabric-picture.ts";
import { formatDuration } from "@florenetes/operator-text";

/** The picture for people: the verdict, and a table for each kind of thing that there is. @param width columns of the terminal */
export function formatFabric(picture: FabricPicture, width: number): string {
  const { nodes, services, routes, coordinators, switches } = picture;
  const tables = [
    formatTable(
      "agents",
      ["NODE", "STATE", "READS", "CARRIES FOR", "REASON"],
      nodes.map(({ node, state, read, neighbours, permits, reason }) => {
        const silent = state === "silent";
        return [
          node,
          stateWord(state),
          silent ? "-" : `${read} of ${neighbours}`,
          silent ? "-" : countOf(permits, "coordinator"),
          reason,
        ];
      }),
      width,
    ),
    formatTable(
      "services that are wanted, by the nodes that use them",
      ["NODE", "SERVICE", "STATE", "HOST", "OF"],
      services.map(({ node, service, state, host, hosts }) => {
        return [node, service, stateWord(state), host ?? "-", hosts.join(", ")];
      }),
      width,
    ),
    formatTable(
      "leased routes, the preferred one first",
      ["ORIGIN", "SERVICE", "ROUTE", "STATE", "COST", "LEASED BY", "CLASSES OR REASON"],
      routes.map(({ origin, service, via, state, cost, coordinator, lease, about }) => {
        const by = lease === "live" ? coordinator : `${coordinator} (${lease.toUpperCase()})`;
        return [origin, service, via.join(" > "), stateWord(state), String(cost), by, about];
      }),
      width,
    ),
    formatTable(
      "switches to another route, since the agents started",
      ["NODE", "REASON", "COUNT", "LAST", "LONGEST"],
      switches.map(({ node, reason, count, lastMs, longestMs }) => {
        return [node, reason, String(count), formatDuration(lastMs), formatDuration(longestMs)];
      }),
      width,
    ),
    formatTable(
      "coordinators",
      ["NODE", "PARTITION", "REPORTS", "LINKS", "LEASES", "RELAYS", "NONE TO BE HAD"],
      coordinators.map(({ node, partition, reports, links, wanted, live, relays, faults }) => {
        const leases = `${live} of ${wanted}`;
        return [node, partition, String(reports), String(links), leases, String(relays), formatCounts(faults)];
      }),
      width,
    ),
  ];
  return [`${fabricVerdict(picture).join("\n")}\n`, ...tables.filter((table) => table !== "")].join("\n").trimEnd();
}

function countOf(count: number, noun: string): string {
  return count === 0 ? "-" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Writes a bad state in capitals. */
function stateWord(state: string): string {
  return WELL.has(state) ? state : state.toUpperCase();
}

const WELL: ReadonlySet<string> = new Set(["whole", "led", "in use", "stands by"]);
