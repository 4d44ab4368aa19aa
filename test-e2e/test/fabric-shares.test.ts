/*
 *   a ───── b ───── c     two services on c, which a uses over routes with a share each; the test is the control agent of a and of b, which permits them
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { clusterCounts } from "../src/counted.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly shares: boolean;
  readonly generation: number;
  readonly links: readonly { readonly name: string; readonly label: number }[];
  readonly transit: readonly {
    readonly from: string;
    readonly share: number;
    readonly classes: { readonly reliable?: { readonly packets: number; readonly denied: number } };
  }[];
}

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const scenes = engines.flatMap((engine) => [true, false].map((isOffloaded) => ({ engine, isOffloaded })));
const HOUR_MS = 3_600_000;
const RATE = 3_000_000;
const life = { startedAt: 1_000, id: "00000000000000b1" };
/** Labels of the services at c. */
const services = { ledger: 700_000, shop: 700_001 };
type Service = keyof typeof services;

describe.each(scenes)("with the $engine engine, offloaded: $isOffloaded,", ({ engine, isOffloaded }) => {
  let lab: Lab;
  let ports: Readonly<Record<Service, number>>;

  const doorOf = (node: string): string => `${lab.folder}/${node}-door.sock`;
  const view = async (node: string): Promise<View> => (await requestAdmin(doorOf(node), "/view")) as View;
  const order = async (node: string, more: object): Promise<unknown> => {
    const { generation: base } = await view(node);
    const body = JSON.stringify({ base, life, paths: [], leads: [], pins: {}, ...more });
    return requestAdmin(doorOf(node), "/overlay", { method: "POST", body });
  };
  const ask = (service: Service): Promise<string> => askWho(lab, "a", ports[service]);

  /** Leads both services at a over b, each by its share. */
  async function lead(shares: Readonly<Record<Service, number>>): Promise<void> {
    const until = Date.now() + HOUR_MS;
    const label = (await view("b")).links.find(({ name }) => name === "c")!.label;
    const names = Object.keys(services) as Service[];
    const paths = names.map((service) => {
      const route = { link: "b", labels: [label, services[service]], via: ["b", "c"], share: shares[service], until };
      return { name: `auto.${service}.c`, routes: [route], until };
    });
    const leads = names.map((service) => ({ service, path: `auto.${service}.c`, until }));
    await order("a", { paths, leads });
  }

  /** Has b permit these shares, each at its rate. */
  async function permit(shares: readonly (readonly [share: number, rate: number])[]): Promise<void> {
    const way = { from: "a", to: "c", classes: ["reliable"], until: Date.now() + HOUR_MS };
    await order("b", { transit: shares.map(([share, rate]) => ({ ...way, share, rate, permit: `p${share}` })) });
  }

  /** Packets from a for c that passed by a share and that did not; undefined: it has no permit. */
  async function counts(share: number): Promise<readonly [passed: number, denied: number] | undefined> {
    const row = (await view("b")).transit.find((each) => each.from === "a" && each.share === share);
    const { packets = 0, denied = 0 } = row?.classes.reliable ?? {};
    return row && [packets, denied];
  }

  /** Connections of a end to end. */
  /** The ids of all connections. */
  async function connections(): Promise<readonly string[]> {
    const { connections } = (await lab.status("a")).clusterFlor! as unknown as {
      readonly connections: readonly { readonly id: string }[];
    };
    return connections.map(({ id }) => id);
  }

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "shares",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: {},
        tunnels: [],
      },
      { environment: { FLORENETES_ENGINE: engine } },
    );
    const ca = openCa(lab.caFolder);
    ports = { ledger: await freePort(), shop: await freePort() };
    const served: string[] = [];
    for (const [name, label] of Object.entries(services)) {
      const identity = lab.identityFolder("c", `service/${name}`);
      ca.issueInto(identity, { kind: "service", name });
      const target = await freePort();
      await startFileServer(lab, "c", target);
      served.push(
        `${name}: { label: ${label}, identity: ${identity}, target: "tcp://127.0.0.1:${target}", allow: [ user/alice ] }`,
      );
    }
    new ChangedConfig(lab, "c").write({ services: served });
    const alice = lab.identityFolder("a", "user/alice");
    ca.issueInto(alice, { kind: "user", name: "alice" });
    const tunnels = Object.entries(ports).map(([service, port]) => {
      return `- { listen: "tcp://127.0.0.1:${port}", as: ${alice}, service: ${service}, path: auto }`;
    });
    for (const node of ["a", "b"]) {
      const identity = lab.identityFolder(node, `service/fabric.${node}`);
      ca.issueInto(identity, { kind: "service", name: `fabric.${node}` });
      const fabric = [
        `door: ${doorOf(node)}`,
        `sessions: ${lab.folder}/${node}-sessions.sock`,
        `identity: ${identity}`,
        `agent: session+unix:${lab.folder}/${node}-agent.sock`,
        ...(node === "b" ? ["relay: { classes: [ reliable ], rate: 10 Mbit/s }"] : []),
      ];
      const config = new ChangedConfig(lab, node);
      if (node === "a") config.write({ fabric, tunnels });
      else config.write({ fabric }, (text) => (isOffloaded ? text : `${text}\ntransit-offload: false\n`));
    }
    await lab.up();
  });

  afterAll(async () => {
    await lab?.down();
  });

  test("nothing crosses b before there are permits", async () => {
    expect([(await view("a")).shares, (await view("b")).shares]).toEqual([true, true]);
    await lead({ ledger: 7, shop: 9 });
    expect(await ask("ledger")).toBe("");
  });

  test("two shares pass by their permits, and are counted apart", async () => {
    await permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => ask("ledger"), PATIENCE).toBe("c");
    await expect.poll(() => ask("shop"), PATIENCE).toBe("c");
    const where = async (): Promise<string> => (await clusterCounts(lab, "b")).portals[0]!.transit;
    await expect.poll(where, PATIENCE).toBe(isOffloaded ? "offloaded" : "here");
    await expect.poll(async () => (await counts(9))?.[0], PATIENCE).toBeGreaterThan(0);
    const shop = async (): Promise<number> => (await counts(9))![0];
    const ledger = (await counts(7))![0];
    expect(ledger).toBeGreaterThan(0);
    const before = await shop();
    expect(await ask("shop")).toBe("c");
    await expect.poll(shop, PATIENCE).toBeGreaterThan(before);
    expect(await counts(0), "nothing came for no share").toBeUndefined();
  });

  test("a share whose rate is used up stands still, and the other goes on", async () => {
    await permit([
      [7, RATE],
      [9, 0],
    ]);
    await expect.poll(() => ask("shop"), PATIENCE).toBe("");
    await expect.poll(async () => (await counts(9))![1], PATIENCE).toBeGreaterThan(0);
    expect(await ask("ledger")).toBe("c");
    await permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => ask("shop"), PATIENCE).toBe("c");
  });

  test("an order without a share stops it, and its counts go; the other goes on", async () => {
    await permit([[7, RATE]]);
    await expect.poll(() => ask("shop"), PATIENCE).toBe("");
    expect([await ask("ledger"), await counts(9)]).toEqual(["c", undefined]);
    await permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => ask("shop"), PATIENCE).toBe("c");
  });

  test("another share of a route is on its packets at once, and connections go on", async () => {
    const before = await connections();
    await permit([
      [7, RATE],
      [9, RATE],
      [11, RATE],
    ]);
    await lead({ ledger: 11, shop: 9 });
    expect(await ask("ledger")).toBe("c");
    await expect.poll(async () => (await counts(11))![0], PATIENCE).toBeGreaterThan(0);
    await permit([
      [9, RATE],
      [11, RATE],
    ]);
    expect([await ask("ledger"), await ask("shop")]).toEqual(["c", "c"]);
    // A connection of the test before may end meanwhile, and none begins.
    expect(before).toEqual(expect.arrayContaining([...(await connections())]));
    await lead({ ledger: 7, shop: 9 });
    await expect.poll(() => ask("ledger"), PATIENCE).toBe("");
    expect(await ask("shop")).toBe("c");
  });
});
