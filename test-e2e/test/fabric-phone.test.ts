/*
 *   r ┄┄┄ (the internet) ┄┄┄ home ┄┄┄ wlan0 ┐
 *              ┊         └┄┄ cell ┄┄┄ wwan0 ┴ p     a phone with two networks, each behind a router that translates addresses
 *              h
 */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE_MS } from "../src/patience.ts";
import { hasPhonePrograms, PHONE_SERVICES, PhonePrograms, phoneServices, phoneTunnels } from "../src/phone-programs.ts";
import { isRoot } from "../src/root.ts";
import { hasNft, ip, Routers, wire } from "../src/routers.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const TARGET = 8_080;
const TUNNEL = 18_080;
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** How long the phone has no network at all. */
const NONE_MS = isSoak ? 60_000 : 4_000;
/** The networks of the phone: their devices, and the addresses of the phone and of its router. */
const NETWORKS = {
  wifi: { device: "wlan0", own: "192.168.7.2", gateway: "192.168.7.1", metric: 100 },
  cellular: { device: "wwan0", own: "192.168.8.2", gateway: "192.168.8.1", metric: 200 },
} as const;
const SERVICES = ["web", ...PHONE_SERVICES];
type Network = keyof typeof NETWORKS;

describe.skipIf(!isRoot || !hasNft)("a phone (skipped where there is no root, or no nft)", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let steady: SteadyWorkload;
  let routers: Routers;
  let programs: PhonePrograms | undefined;

  const namespaceOf = (node: string): string => lab.namespaceOf(node)!;
  const off = (network: Network): void => ip(namespaceOf("p"), `link set ${NETWORKS[network].device} down`);
  const on = (network: Network): void => {
    const { device, gateway, metric } = NETWORKS[network];
    ip(namespaceOf("p"), `link set ${device} up`);
    ip(namespaceOf("p"), `route add default via ${gateway} dev ${device} metric ${metric}`);
  };

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "phones",
        nodes: { r: {}, h: {}, p: {} },
        links: [],
        services: {},
        tunnels: [],
        settings: { "link-flor": { quiet: "25s" } },
      },
      { mode: "netns" },
    );
    const first = { "seeds-file": `${lab.folder}/first.fact`, "root-file": undefined };
    const place = (id: string, address: string) => ({ id, endpoint: `udp://${address}:4433` });
    const door = { "links-max": 8, relay: { classes: CLASSES, rate: "1 Gbit/s" } };
    fabric = FabricLab.prepare(lab, {
      development: true,
      connectWait: "60s",
      services: {
        web: { allow: ["user/alice"], targets: { h: `tcp://127.0.0.1:${TARGET}` } },
        ...phoneServices("h"),
      },
      tunnels: [
        { node: "p", listen: `tcp://127.0.0.1:${TUNNEL}`, as: "user/alice", service: "web" },
        ...phoneTunnels("p"),
      ],
      agents: {
        r: { ...first, coordinator: { partition: "default" }, endpoints: [place("net", "10.91.1.2")] },
        h: { ...first, endpoints: [place("net", "10.94.1.2")] },
        p: first,
      },
      doors: { r: door, h: { "links-max": 8 }, p: { "links-max": 2 } },
    });
    for (const node of lab.nodeNames) for (const name of lab.processNames(node)) lab.start(node, name);
    await lab.untilReady();
    routers = new Routers(lab);
    const [internet, home, cell] = [routers.add("net"), routers.add("home"), routers.add("cell")];
    wire([namespaceOf("r"), "wan", "10.91.1.2"], [internet, "to-r", "10.91.1.1"]);
    wire([namespaceOf("h"), "wan", "10.94.1.2"], [internet, "to-h", "10.94.1.1"]);
    wire([home, "wan", "10.95.1.2"], [internet, "to-home", "10.95.1.1"]);
    wire([cell, "wan", "10.96.1.2"], [internet, "to-cell", "10.96.1.1"]);
    const { wifi, cellular } = NETWORKS;
    wire([namespaceOf("p"), wifi.device, wifi.own], [home, "lan", wifi.gateway]);
    wire([namespaceOf("p"), cellular.device, cellular.own], [cell, "lan", cellular.gateway]);
    for (const [node, net] of [
      ["r", 91],
      ["h", 94],
    ] as const)
      ip(namespaceOf(node), `route add default via 10.${net}.1.1`);
    ip(home, "route add default via 10.95.1.1");
    ip(cell, "route add default via 10.96.1.1");
    for (const each of [home, cell]) routers.translate(each);
    on("wifi");
    on("cellular");
    fabric.writeSeeds([
      {
        node: "r",
        key: fabric.keyOf("r"),
        endpoints: [{ ...place("net", "10.91.1.2"), carrier: "quic", reach: "public", priority: 0, weight: 1 }],
      },
    ]);
    await SteadyService.start(lab, "h", TARGET);
    await fabric.up();
    const roles = ["relay", "route-coordinator"].map((role) => fabric.signRole("r", "cluster", role));
    await fabric.publish("r", [...roles, ...SERVICES.map((name) => fabric.signService(name, ["h"]))]);
    steady = await SteadyWorkload.start(lab, "p", TUNNEL);
    if (isSoak && hasPhonePrograms) programs = await PhonePrograms.start(lab, "p", "h");
  }, 4 * PATIENCE_MS);
  afterAll(async () => {
    await programs?.[Symbol.asyncDispose]();
    steady?.[Symbol.dispose]();
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    routers?.[Symbol.dispose]();
  });

  /** Does something to the phone's networks, and waits until all connections go on. */
  const during = async (what: string, act: () => Promise<void> | void): Promise<void> => {
    steady.takeLongestGap();
    await act();
    const since = now();
    await steady.untilProgress(since);
    process.stdout.write(`${what}: ${Math.round(steady.takeLongestGap())} ms without a byte\n`);
    const waited = await programs?.untilProgress(since);
    if (waited !== undefined) process.stdout.write(`${what}: after it ${waited}\n`);
    expect([...steady.lost]).toEqual([]);
  };
  /** Bytes that a device of the phone has sent. */
  const sentBy = (network: Network): number =>
    Number(
      execFileSync("ip", [
        "netns",
        "exec",
        namespaceOf("p"),
        "cat",
        `/sys/class/net/${NETWORKS[network].device}/statistics/tx_bytes`,
      ]),
    );

  test(
    "goes from one network to the other and back, and is without any, and loses no stream",
    { timeout: 3 * PATIENCE_MS + NONE_MS },
    async () => {
      const before = sentBy("cellular");
      await during("wifi is lost", () => off("wifi"));
      expect(sentBy("cellular") - before).toBeGreaterThan(1_000);
      await during("wifi is back", () => on("wifi"));
      await during("cellular is lost", () => off("cellular"));
      await during("cellular is back", () => on("cellular"));
      await during("there was no network", async () => {
        off("wifi");
        off("cellular");
        await sleep(NONE_MS);
        on("cellular");
      });
      await during("wifi is back", () => on("wifi"));
    },
  );
});
