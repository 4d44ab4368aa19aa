import { formatTable } from "@florenetes/process-kit";
import { hopOf, otherEnd } from "@florenetes/mesh-file";
import type { Mesh, MeshLink } from "@florenetes/mesh-file";
import { waitingForLink } from "./readiness.ts";
import type { NodeStatus } from "./status.ts";
import { formatDuration } from "@florenetes/operator-text";

type Statuses = ReadonlyMap<string, NodeStatus>;

/** The mesh as its processes see it now: a drawing if it is a line, and tables of links, services and tunnels. */
export function drawMesh(mesh: Mesh, statuses: Statuses): string {
  const parts = [drawLine(mesh, statuses), linkTable(mesh, statuses), serviceTable(mesh), tunnelTable(mesh, statuses)];
  return parts.filter((part) => part !== "").join("\n");
}

/**
 * Draws a mesh whose nodes make a line in the order of the file, if it fits a terminal:
 *
 *     a ═════ b ═════ c
 *     tunnel          service web
 */
function drawLine(mesh: Mesh, statuses: Statuses): string {
  const names = mesh.nodes.map(({ name }) => name);
  const links = names.slice(1).map((name, index) => linksBetween(mesh, names[index]!, name));
  const isLine =
    names.length > 1 && mesh.links.length === links.length && links.every((parallel) => parallel.length === 1);
  if (!isLine) return "";
  const below = names.map((name) => {
    const tunnels = mesh.tunnels.some(({ node }) => node === name) ? ["tunnel"] : [];
    const services = mesh.services.filter(({ node }) => node === name).map((service) => `service ${service.name}`);
    return [...tunnels, ...services].join(", ");
  });
  const width = Math.max(8, ...names.map((name, index) => Math.max(name.length + 6, (below[index]?.length ?? 0) + 2)));
  if (width * names.length > 100) return "";
  const line = names.map((name, index) => {
    const link = links[index]?.[0];
    if (link === undefined) return name;
    const stroke = waitingForLink(mesh, statuses, link).length === 0 ? "═" : "╌";
    return `${name} ${stroke.repeat(width - name.length - 2)} `;
  });
  return `  ${line.join("")}\n  ${below
    .map((text) => text.padEnd(width))
    .join("")
    .trimEnd()}\n`;
}

function linkTable(mesh: Mesh, statuses: Statuses): string {
  const rows = mesh.links.map((link) => {
    const [a, b] = link.between;
    const isUp = waitingForLink(mesh, statuses, link).length === 0;
    const state = isUp ? "up" : "not up";
    const arrow = link.originator === a ? "->" : "<-";
    return [`${a} ${arrow} ${hopOf(link, a)}`, state, ...measures(mesh, statuses, link, b)];
  });
  const table = formatTable("links", ["link", "state", "mtu", "rtt", "sent", "received"], rows);
  const reasons = mesh.links.flatMap((link) => waitingForLink(mesh, statuses, link)).map(({ text }) => `  ${text}\n`);
  return table + reasons.join("");
}

/** MTU, round trip and packets, as the first end tells them. */
function measures(mesh: Mesh, statuses: Statuses, link: MeshLink, peer: string): readonly string[] {
  const status = statuses.get(otherEnd(link, peer));
  const above = status?.clusterFlor?.links.find((row) => row.peer === peer && row.tag === link.tag);
  const below = status?.linkFlor?.clusters
    .find(({ cluster }) => cluster === mesh.cluster)
    ?.links.find((row) => row.peer === peer && row.tag === link.tag);
  const rtt = below?.rttMs;
  const count = (value: unknown): string => (typeof value === "number" ? String(value) : "-");
  return [
    above === undefined ? "-" : String(above.mtu),
    rtt === undefined || rtt === null ? "-" : rtt < 1 ? "<1 ms" : formatDuration(rtt),
    count(above?.["packetsSent"]),
    count(above?.["packetsReceived"]),
  ];
}

function serviceTable(mesh: Mesh): string {
  const rows = mesh.services.map(({ name, node, target, allow }) => [name, node, target, (allow ?? []).join(", ")]);
  return formatTable("services", ["service", "node", "target", "allows"], rows);
}

function tunnelTable(mesh: Mesh, statuses: Statuses): string {
  const rows = mesh.tunnels.map(({ node, listen, as, service, path }) => {
    const hops = mesh.paths.find(({ name }) => name === path)?.hops.join(" ") ?? path;
    const view = statuses.get(node)?.clusterFlor?.tunnels.find((tunnel) => tunnel.listen === listen);
    const state = view === undefined ? "unknown" : view.isListening ? "listens" : `does not listen: ${view.text}`;
    return [listen, node, as, service, hops, state];
  });
  return formatTable("tunnels", ["tunnel", "node", "as", "service", "path", "state"], rows);
}

function linksBetween(mesh: Mesh, a: string, b: string): readonly MeshLink[] {
  return mesh.links.filter((link) => link.between.includes(a) && link.between.includes(b));
}
