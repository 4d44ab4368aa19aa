/*
 *            ┌───── b ─────┐
 *        a ──┤             ├── d     a service on d, and a tunnel on a whose path has two routes: the test is a's control agent
 *            └───── c ─────┘
 */
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCa } from "@florenetes/identity/authority";
import { ChangedConfig } from "../src/changed-config.ts";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, downloadDigest, MEGABYTE, startFileServer } from "../src/services.ts";

const HOUR_MS = 3_600_000;
const life = { startedAt: 1_000, id: "00000000000000a1" };
const programs: readonly ProcessName[] = ["link-flor", "cluster-flor"];

interface PathRow {
  readonly name: string;
  readonly link: string | null;
  readonly labels: readonly number[];
  readonly routes: readonly {
    readonly name: string;
    readonly inUse: readonly string[];
    readonly failure: string | null;
  }[];
  readonly switches: readonly { readonly reason: string; readonly switches: number }[];
}

interface ConnectionRow {
  readonly path: string;
  readonly bytesReceived: number;
}

describe.each(["native", "portable"] as const)("a path with two routes, over the %s engine,", (engine) => {
  const size = (engine === "native" ? 160 : 40) * MEGABYTE;
  let lab: Lab;
  let port: number;
  let door: string;

  const view = async () => (await requestAdmin(door, "/view")) as { readonly generation: number };
  const paths = async () => (await lab.status("a")).clusterFlor!["paths"] as readonly PathRow[];
  const path = async () => (await paths()).find(({ name }) => name === "auto.web.d")!;
  const inUse = async () => (await path()).routes.filter((route) => route.inUse.length > 0).map(({ name }) => name);
  const switches = async () => (await path()).switches.reduce((sum, { switches: count }) => sum + count, 0);
  const post = async (...relays: readonly string[]): Promise<void> => {
    const { generation: base } = await view();
    const until = Date.now() + HOUR_MS;
    const rows = await paths();
    // The routes go the ways of the paths that the file has.
    const routes = relays.map((relay) => {
      const { link, labels } = rows.find((row) => row.link === relay && !row.name.startsWith("auto"))!;
      return { link, labels, via: [relay, "d"], until };
    });
    const leads = [{ service: "web", path: "auto.web.d", until }];
    const order = { base, life, paths: [{ name: "auto.web.d", routes, until }], leads, pins: {} };
    await requestAdmin(door, "/overlay", { method: "POST", body: JSON.stringify(order) });
  };

  beforeAll(async () => {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    port = ports[0];
    const target = `tcp://127.0.0.1:${ports[1]}`;
    const byHand = { node: "a", as: "user/alice", service: "web" };
    lab = await openLab(
      {
        cluster: "switching",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "d"] }, { between: ["c", "d"] }],
        services: { web: { node: "d", target, allow: ["user/alice"] } },
        tunnels: [
          { ...byHand, listen: `tcp://127.0.0.1:${ports[2]}`, path: ["a", "b", "d"] },
          { ...byHand, listen: `tcp://127.0.0.1:${ports[3]}`, path: ["a", "c", "d"] },
        ],
      },
      { environment: { FLORENETES_ENGINE: engine } },
    );
    await startFileServer(lab, "d", ports[1]);
    openCa(lab.caFolder).issueInto(lab.identityFolder("a", "service/fabric.a"), { kind: "service", name: "fabric.a" });
    door = `${lab.folder}/door.sock`;
    new ChangedConfig(lab, "a").write({
      fabric: [
        `door: ${door}`,
        `sessions: ${lab.folder}/sessions.sock`,
        `identity: ${lab.identityFolder("a", "service/fabric.a")}`,
        `agent: session+unix:${lab.folder}/agent.sock`,
      ],
      tunnels: [
        `- { listen: "tcp://127.0.0.1:${port}", as: ${lab.identityFolder("a", "user/alice")}, service: web, path: auto }`,
      ],
    });
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
  });

  test("a download goes on over the other route when its relay is killed, and no byte is lost", async () => {
    await post("b", "c");
    await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("d");
    expect(await inUse()).toEqual(["b>d"]);
    const received = async () => {
      const rows = (await lab.status("a")).clusterFlor!["connections"] as unknown as readonly ConnectionRow[];
      return Math.max(...rows.filter((row) => row.path === "auto.web.d").map(({ bytesReceived }) => bytesReceived));
    };
    const download = downloadDigest(lab, "a", port, size);
    await expect.poll(received, { ...PATIENCE, interval: 10 }).toBeGreaterThan(size / 10);
    for (const program of programs) await lab.kill("b", program, "SIGKILL");
    expect(await download).toBe(fileDigest(size));
    expect(await inUse()).toEqual(["c>d"]);
    expect(await switches()).toBe(1);
  });

  test("a relay that hangs is left as well, for the other one, which is back", async () => {
    for (const program of programs) lab.start("b", program);
    const failures = async () => (await path()).routes.map(({ failure }) => failure);
    // Three answers in a row, one each five seconds.
    await expect.poll(failures, PATIENCE).toEqual([null, null]);
    for (const program of programs) await lab.kill("c", program, "SIGSTOP");
    expect(await askWho(lab, "a", port)).toBe("d");
    await expect.poll(inUse, PATIENCE).toEqual(["b>d"]);
    for (const program of programs) await lab.kill("c", program, "SIGCONT");
  });

  test("the route in use may be replaced by another, under a download", async () => {
    const download = downloadDigest(lab, "a", port, size / 4);
    await post("c");
    expect(await download).toBe(fileDigest(size / 4));
    expect(await inUse()).toEqual(["c>d"]);
    expect((await path()).switches).toContainEqual(expect.objectContaining({ reason: "no_route", switches: 1 }));
  });
});
