import { configLines, countNouns, formatBytes, formatCounts, formatTable, verdictLines } from "@florenetes/process-kit";
import type { ShardStatus, VpnFlorStatus } from "./vpn-status.ts";
import { formatDuration } from "@florenetes/operator-text";

/** Renders `vpn-flor status` for people: first whether all is well. The table is laid out for `width` columns. */
export function renderVpnFlorStatus(status: VpnFlorStatus, width: number): string {
  const { up, egress, pool, device } = status;
  const whole = countNouns(up === null ? { client: egress?.clients ?? 0 } : { session: Number(up.isUp) });
  const lines = [
    ...verdictLines(status.findings, whole),
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    ...configLines(status.config),
    `pool ${pool}, device ${device}`,
    ...upLines(status),
    ...egressLines(status),
    "",
  ];
  return [lines.join("\n"), shardTable(up?.shards ?? egress?.shards ?? [], width)].join("\n");
}

function* upLines({ up }: VpnFlorStatus): Generator<string> {
  if (up === null) return;
  const { addresses, routes, mtu, sessions, recovery, drops } = up;
  yield `addresses: ${addresses.join(", ") || "none"}; MTU ${mtu}`;
  yield `the egress leads to: ${routes.join(", ") || "nothing yet"}`;
  yield `sessions: ${sessions.tried} tried, ${sessions.up} up; ended: ${formatCounts(sessions.ended)}`;
  if (recovery.count > 0)
    yield `recoveries: ${recovery.count}, the last in ${formatDuration(recovery.lastMs)}, the longest ${formatDuration(recovery.longestMs)}`;
  yield `packets dropped: ${formatCounts(drops)}`;
}

function* egressLines({ egress }: VpnFlorStatus): Generator<string> {
  if (egress === null) return;
  const { clients, clientsMax, world, sessions, drops } = egress;
  yield `clients: ${clients} of ${clientsMax}`;
  if (world !== null) {
    const state = world.isThere === null ? "has not answered yet" : world.isThere ? "answers" : "is silent";
    yield `the world behind it ${state}, by ${world.probes} probes; fell silent ${world.losses} times`;
  }
  yield `sessions: ${sessions.up} up, ${sessions.moved} with an address that is not theirs by right; refused: ${formatCounts(sessions.refused)}; ended: ${formatCounts(sessions.ended)}`;
  yield `packets dropped: ${formatCounts(drops)}`;
}

function shardTable(shards: readonly ShardStatus[], width: number): string {
  const used = shards.filter(({ sentPackets, receivedPackets }) => sentPackets + receivedPackets > 0);
  if (used.length === 0) return "";
  const rows = used.map((shard) => [
    shard.class,
    String(shard.shard),
    String(shard.sentPackets),
    formatBytes(shard.sentBytes),
    String(shard.droppedPackets),
    String(shard.receivedPackets),
    formatBytes(shard.receivedBytes),
  ]);
  return formatTable("flows", ["CLASS", "SHARD", "SENT", "BYTES", "DROPPED", "RECEIVED", "BYTES"], rows, width);
}
