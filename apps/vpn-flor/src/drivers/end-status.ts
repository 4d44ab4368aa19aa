import { type EgressStatus, shardsStatus, type UpStatus } from "../admin/vpn-status.ts";
import { addressesOf, formatAddress } from "../packets/addresses.ts";
import type { ClientMachine } from "./client-machine.ts";
import type { VpnClient } from "./vpn-client.ts";
import type { VpnEgress } from "./vpn-egress.ts";

/** Ranges that are shown: an egress may tell of hundreds. */
const ROUTES_SHOWN = 16;

export function upStatus({ assignment, routes, mtu, sessions, packets }: VpnClient, machine: ClientMachine): UpStatus {
  return {
    isUp: assignment !== undefined,
    addresses: assignment === undefined ? [] : addressesOf(assignment).map(formatAddress),
    routes: routes.slice(0, ROUTES_SHOWN).map(({ first, last }) => `${formatAddress(first)}-${formatAddress(last)}`),
    mtu: mtu.value,
    dnsFault: machine.dnsFault ?? null,
    sessions: {
      tried: sessions.tried,
      up: sessions.up,
      moved: sessions.moved,
      ended: Object.fromEntries(sessions.ended),
      lastEnd: sessions.lastEnd ?? null,
    },
    recovery: {
      count: sessions.recoveries,
      lastMs: sessions.recoveryLastMs,
      longestMs: sessions.recoveryLongestMs,
    },
    shards: shardsStatus(packets.all),
    drops: Object.fromEntries(packets.drops),
  };
}

export function egressStatus({ clients, packets, counts, probe }: VpnEgress): EgressStatus {
  return {
    clients: clients.size,
    clientsMax: clients.max,
    world:
      probe === undefined
        ? null
        : { probes: probe.size, isThere: probe.watch.isThere ?? null, losses: probe.watch.losses },
    sessions: {
      up: counts.up,
      moved: counts.moved,
      refused: Object.fromEntries(counts.refused),
      ended: Object.fromEntries(counts.ended),
    },
    shards: shardsStatus([clients.gone, ...[...clients].map(({ flows }) => flows)]),
    drops: Object.fromEntries(packets.drops),
  };
}
