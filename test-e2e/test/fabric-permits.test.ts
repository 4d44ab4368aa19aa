/*
 *   a ───── b ───── c     a service on c, which a uses in two classes; b's file has no transit: the test is b's control agent, and permits it
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { nativeEngine } from "@florenetes/quic/native";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { clusterCounts } from "../src/counted.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface Counts {
  readonly packets: number;
  readonly bytes: number;
  readonly denied: number;
}

interface View {
  readonly generation: number;
  readonly links: readonly { readonly figures: object }[];
  readonly transit: readonly {
    readonly from: string;
    readonly to: string;
    readonly permits: readonly string[];
    readonly classes: Readonly<Record<string, Counts>>;
  }[];
}

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const HOUR_MS = 3_600_000;
const life = { startedAt: 1_000, id: "00000000000000b1" };

let lab: Lab;
let door: string;
let ports: { readonly reliable: number; readonly bulk: number };

const view = async (): Promise<View> => (await requestAdmin(door, "/view")) as View;
const permit = (more: object = {}): object => {
  const until = Date.now() + HOUR_MS;
  return { from: "a", to: "c", classes: ["reliable"], rate: 5_000_000, until, permit: "p1", ...more };
};
const post = async (transit: readonly object[]): Promise<unknown> => {
  const { generation: base } = await view();
  const order = { base, life, paths: [], leads: [], pins: {}, transit };
  return requestAdmin(door, "/overlay", { method: "POST", body: JSON.stringify(order) });
};
const ask = (): Promise<string> => askWho(lab, "a", ports.reliable);

/** Counts of one class of the packets from a for c. */
async function fromA(name: string): Promise<Counts> {
  const way = (await view()).transit.find(({ from }) => from === "a");
  return way?.classes[name] ?? { packets: 0, bytes: 0, denied: 0 };
}

async function deniedInAll(): Promise<number> {
  return (await clusterCounts(lab, "b")).drops.forwarding["transitDenied"]!;
}

describe.each(engines)("with the %s engine", (engine) => {
  beforeAll(async () => {
    const target = await freePort();
    const tunnel = { node: "a", as: "user/alice", service: "ledger", path: ["a", "b", "c"] };
    lab = await openLab(
      {
        cluster: "permits",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { ledger: { node: "c", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] } },
        tunnels: [
          { ...tunnel, listen: "tcp://127.0.0.1:0" },
          { ...tunnel, listen: "tcp://127.0.0.1:0", class: "bulk" },
        ],
      },
      { environment: { FLORENETES_ENGINE: engine } },
    );
    const [reliable, bulk] = lab.tunnels.map(({ listen }) => Number(new URL(listen).port));
    ports = { reliable: reliable!, bulk: bulk! };
    const identity = lab.identityFolder("b", "service/fabric.b");
    openCa(lab.caFolder).issueInto(identity, { kind: "service", name: "fabric.b" });
    door = `${lab.folder}/door.sock`;
    const fabric = [
      `door: ${door}`,
      `sessions: ${lab.folder}/sessions.sock`,
      `identity: ${identity}`,
      `agent: session+unix:${lab.folder}/agent.sock`,
      "relay: { classes: [ reliable ], rate: 10 Mbit/s }",
    ];
    new ChangedConfig(lab, "b").write({ fabric }, (text) => text.replace(/^transit:\n(?:[ ]+.*\n)+/m, ""));
    await startFileServer(lab, "c", target);
    await lab.up();
  });

  afterAll(async () => {
    await lab?.down();
  });

  test("nothing crosses b before there is a permit", async () => {
    expect(await readFile(lab.configFile("b", "cluster-flor"), "utf8")).not.toMatch(/^transit:/m);
    expect(await ask()).toBe("");
    await expect.poll(deniedInAll, PATIENCE).toBeGreaterThan(0);
  });

  test("the view says what the owner lets pass, and what is measured of links", async () => {
    expect(await view()).toMatchObject({ relay: { classes: ["reliable"], rate: 10_000 } });
    const measured = async (): Promise<object> => (await view()).links.map(({ figures }) => figures);
    const figures = { roundTripMs: expect.any(Number), jitterMs: expect.any(Number), loss: 0, rate: null, breaks: 0 };
    await expect.poll(measured, PATIENCE).toMatchObject([figures, figures]);
  });

  test("permits beyond what the owner lets pass are refused as a whole", async () => {
    const { generation } = await view();
    const refused: readonly (readonly [object, string])[] = [
      [permit({ classes: ["reliable", "bulk"] }), "ERR_OVERLAY_RELAY"],
      [permit({ rate: 6_000_000 }), "ERR_OVERLAY_RELAY"],
      [permit({ to: "d" }), "ERR_OVERLAY_LINK"],
      [permit({ to: "a" }), "ERR_OVERLAY_LINK"],
      [permit({ until: 1 }), "ERR_OVERLAY_ENDED"],
      [permit({ rate: 0.5 }), "ERR_OVERLAY_FORM"],
    ];
    for (const [wrong, code] of refused) await expect(post([permit(), wrong])).rejects.toMatchObject({ code });
    expect((await view()).generation).toBe(generation);
  });

  test("a permit lets its class cross, offloaded; another class is dropped, and both are counted", async () => {
    await post([permit(), permit({ permit: "p2", rate: 1_000_000 })]);
    await expect.poll(ask, PATIENCE).toBe("c");
    await expect.poll(async () => (await clusterCounts(lab, "b")).portals[0]!.transit, PATIENCE).toBe("offloaded");
    const before = await fromA("reliable");
    expect(await ask()).toBe("c");
    await expect.poll(async () => (await fromA("reliable")).bytes, PATIENCE).toBeGreaterThan(before.bytes);
    expect(await askWho(lab, "a", ports.bulk)).toBe("");
    await expect.poll(async () => (await fromA("bulk")).denied, PATIENCE).toBeGreaterThan(0);
    expect((await view()).transit.map(({ from, to, permits }) => [from, to, permits])).toEqual([
      ["a", "c", ["p1", "p2"]],
      ["c", "a", ["p1", "p2"]],
    ]);
    expect((await fromA("bulk")).packets).toBe(0);
  });

  test("permits are kept over restarts of cluster-flor", async () => {
    await lab.kill("b", "cluster-flor", "SIGKILL");
    lab.start("b", "cluster-flor");
    await expect.poll(ask, PATIENCE).toBe("c");
    await expect.poll(async () => (await view()).transit.length, PATIENCE).toBe(2);
  });

  test("b knows nobody whose packets pass: neither its log, its state nor its view names who talks", async () => {
    const texts = [
      JSON.stringify([await view(), (await lab.status("b")).clusterFlor]),
      await readFile(lab.configFile("b", "cluster-flor"), "utf8"),
      ...(await Promise.all((["link-flor", "cluster-flor"] as const).map((name) => lab.logs("b", name)))),
    ];
    for (const text of texts) expect(text).not.toMatch(/alice|ledger/);
    const canary = JSON.stringify((await lab.status("a")).clusterFlor);
    expect(canary, "the same words are in the status of a").toMatch(/alice.*ledger|ledger.*alice/);
  });

  test("after its end packets are dropped at b, and counted", async () => {
    const denied = await deniedInAll();
    const until = Date.now() + 2_000;
    await post([permit({ until })]);
    expect(await ask()).toBe("c");
    await expect.poll(ask, PATIENCE).toBe("");
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    await expect.poll(deniedInAll, PATIENCE).toBeGreaterThan(denied);
    expect((await view()).transit).toEqual([]);
  });
});
