/**
 * Routes come and go, a million of them in one life: nothing runs out, nothing comes twice, and what stays goes on. The data thread's tables have a
 * million in native/cluster/tests/suite/late_orders.rs, and the numbers alone in config/slot-ledger.test.ts.
 */
import { DataFrameWriter } from "@florenetes/florio";
import { GENERATIONS, slotOf, SLOTS_MAX, TrafficClass, wordsOf, writeHeader } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import type { VertexConfig } from "../src/config/cluster-config.ts";
import { NO_PINS } from "../src/config/vertex-pins.ts";
import { changesOf } from "../src/config/config-changes.ts";
import { ConfigNumbers } from "../src/config/running-config.ts";
import { Links } from "../src/connection/links.ts";
import { Forwarder } from "../src/forwarding/forwarder.ts";
import { SlotMap } from "../src/config/slot-map.ts";
import { tableEntries } from "../src/data-plane/native/table-entries.ts";

const ROUTES = runs(1_000_000, 100_000);
const AT_ONCE = 250;
/** More slots than are ever in use: slots of two configs, and slots that rest. */
const SLOTS = 2_048;
const STAYING = 100;

const link = { portal: 0, role: "acceptor", tag: "0", endpoint: undefined } as const;
const service = { identity: "s", target: { kind: "unix", path: "/s" }, tellsPrincipal: false, allow: [] } as const;
const tunnel = { mode: undefined, owner: undefined, as: "user/alice", trafficClass: TrafficClass.reliable } as const;

/** A config with a link that stays, and this set of routes: each has a link, a path, a tunnel and a service of its own. */
function configOf(first: number): VertexConfig {
  const routes = Array.from({ length: AT_ONCE }, (_, at) => ({ name: `${first + at}`, at }));
  return {
    cluster: "demo",
    vertex: "v",
    portals: [{ name: "p", bind: "/b", connect: "/c" }],
    links: [
      { ...link, name: "stays", peer: "stays", label: STAYING },
      ...routes.map(({ name, at }) => ({ ...link, name, peer: name, label: 1_000 + at })),
    ],
    transit: routes.map(({ at }) => [0, 1 + at] as const),
    transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
    transitOffload: false,
    crossConnects: [],
    lspEnds: [],
    services: routes.map(({ name, at }) => ({ ...service, name, label: 5_000 + at })),
    paths: routes.map(({ name, at }) => ({ name, link: 1 + at, labels: [17], mtu: undefined })),
    tunnels: routes.map(({ name, at }) => {
      return { ...tunnel, name, listen: { kind: "unix", path: name }, service: name, path: at } as const;
    }),
    sessions: [],
    transport: { streamsPerConnection: 1 },
    expiryGraceMs: 0,
    pins: NO_PINS,
  };
}

/** A frame with a packet for the route's first link. */
function frame(): Uint8Array {
  const packet = new Uint8Array(24);
  writeHeader(packet, 0, 1, 2, wordsOf([1_000, 17]));
  const writer = new DataFrameWriter();
  writer.reset(1);
  writer.append(packet, 0, packet.length);
  return writer.bytes().slice();
}

test("a million routes come and go in one life", () => {
  const numbers = new ConfigNumbers();
  let running = numbers.place(configOf(0));
  const links = new Links(running.links, 0, { setLink() {} });
  const forwarder = new Forwarder({
    config: running,
    output: links,
    delivery: { deliverToService() {}, deliverToConnection() {}, handleFrameEnd() {} },
    afterTurn: () => {},
    now: () => 0,
    seed: 1,
    onGuessing: () => {},
  });
  const [staying] = running.links.keys();
  const lists = ["links", "services", "paths", "tunnels"] as const;
  const seen = new Map(lists.map((list) => [list, new Uint8Array(GENERATIONS * SLOTS)]));
  let routes = AT_ONCE;
  for (; routes < ROUTES; routes += AT_ONCE) {
    const next = numbers.place(configOf(routes));
    const changes = changesOf(running, next);
    for (const list of lists) {
      const all = seen.get(list)!;
      if (changes[list].added.length !== AT_ONCE || changes[list].removed.length !== AT_ONCE) expect.fail(list);
      for (const number of changes[list].added) {
        const at = Math.floor(number / SLOTS_MAX) * SLOTS + slotOf(number);
        if (slotOf(number) >= SLOTS || all[at] !== 0) expect.fail(`${list}: ${number} has come before`);
        all[at] = 1;
      }
    }
    running = next;
    forwarder.reconfigure(running, new SlotMap());
    links.reconfigure(running.links, 0);
    numbers.retain(running);
    // The out-link of the packet is down: the drop counts for the staying link, whichever link has the slot of the other.
    forwarder.handleFrame(staying!, frame());
  }
  expect([...running.links.keys()][0]).toBe(staying);
  const { links: rows, transit } = forwarder.snapshot();
  expect(rows[0]).toMatchObject({ name: "stays", drops: { linkDown: ROUTES / AT_ONCE - 1 } });
  expect(transit.filter(({ packets }) => packets > 0)).toMatchObject([{ packets: 1 }]);
  expect(rows.slice(1).map(({ packetsForwarded, drops }) => packetsForwarded + drops["linkDown"]!)).toEqual(
    Array.from({ length: AT_ONCE }, () => 0),
  );
  // The table has the pairs of two configs in both directions, and no more.
  expect(forwarder.table.pairs.length).toBeLessThanOrEqual(4 * AT_ONCE);
  expect(tableEntries(running).length).toBe(5 * (1 + 4 * AT_ONCE));
}, 120_000);
