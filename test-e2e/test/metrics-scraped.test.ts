/*
 *            ┌──── b ────┐      all processes tell metrics over TCP, and Debian's Prometheus scrapes them:
 *        a ──┤           ├── d  agents lease routes to the service web on d, whose only host leads it; b coordinates
 *            └──── c ────┘      beside their agents, b has a replica of the control API, and d a holder of storage
 */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCa } from "@florenetes/identity/authority";
import { monitoringFiles } from "@florenetes/package/monitoring";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "../src/free-port.ts";
import { dashboardRows, FLEET_ROW, unansweredBy, VPN_ROW } from "../src/dashboard-rows.ts";
import { areInstalled } from "../src/installed.ts";
import { type LeasedDiamond, openLeasedDiamond } from "../src/leased-diamond.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { Prometheus, promtool, type QueryResult } from "../src/prometheus.ts";
import { askWho } from "../src/services.ts";
import { tellPlain } from "../src/told-metrics.ts";

const NODES = ["a", "b", "c", "d"] as const;
const PROGRAMS = ["link-flor", "cluster-flor", "fabric-flor"] as const;
/** Programs that run beside agents, and their nodes. */
const BESIDE = [
  ["control-flor", "b"],
  ["store-flor", "d"],
] as const;
const checkout = fileURLToPath(new URL("../../", import.meta.url));
/** Rows for which this mesh has no data: vpn.test.ts asks that of VPNs, and fabric-fleet.test.ts that of observers. */
const ELSEWHERE: readonly string[] = [VPN_ROW, FLEET_ROW];
const QUERIES = Object.entries(dashboardRows()).flatMap(([row, queries]) => (ELSEWHERE.includes(row) ? [] : queries));

/** The text of the alert rules, as it is shipped. */
function shippedRules(): string {
  const { content } = monitoringFiles(checkout).find(({ path }) => path === "prometheus/florenetes.rules.yml")!;
  return "text" in content ? content.text : readFileSync(content.copyOf, "utf8");
}

describe.skipIf(!areInstalled("metrics under Prometheus", "prometheus", "promtool"))("Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-rules-"));
  let mesh: LeasedDiamond;
  let prometheus: Prometheus;
  let tunnel: number;
  /** Ports at which metrics are told, by program, in the order of the nodes. */
  const ports: Record<string, readonly number[]> = {};

  beforeAll(async () => {
    tunnel = await freePort();
    const plan = { cluster: "scraped", coordinator: "b", rate: "50 Mbit/s", isLed: true } as const;
    mesh = await openLeasedDiamond({ ...plan, tunnels: [{ port: tunnel }] });
    const { lab, fabric } = mesh;
    for (const name of PROGRAMS) {
      const fileOf = (node: string): string =>
        name === "fabric-flor" ? fabric.configFile(node) : lab.configFile(node, name);
      ports[name] = await tellPlain(...NODES.map(fileOf));
    }
    for (const [name, node] of BESIDE) ports[name] = [await startBeside(name, node)];
    // The rules wait for nothing here, so that no test does.
    const rules = join(folder, "florenetes.rules.yml");
    writeFileSync(rules, shippedRules().replaceAll(/^ +for: .*\n/gm, ""));
    prometheus = await Prometheus.start({ florenetes: { ports: Object.values(ports).flat() } }, [rules]);
  });
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await mesh?.fabric[Symbol.asyncDispose]();
    await mesh?.lab.down();
    rmSync(folder, { recursive: true });
  });

  /** Starts a program with its metrics over TCP; returns its port. */
  async function startBeside(name: (typeof BESIDE)[number][0], node: string): Promise<number> {
    const port = await freePort();
    const at = (part: string): string => join(folder, `${name}-${part}`);
    const agent = mesh.fabric.adminOf(node);
    const own = {
      "control-flor": {
        agent,
        state: at("state"),
        service: "control-api",
        readers: [{ principals: ["user/alice"], organizations: "all" }],
      },
      "store-flor": { node, storage: { state: at("state"), tunnels: at("tunnels"), agent, budget: "1 GB" } },
    };
    for (const part of ["state", "tunnels"]) mkdirSync(at(part));
    const places = { admin: at("admin.sock"), control: at("control.sock"), listen: at("listen.sock") };
    const metrics = { listen: `tcp://127.0.0.1:${port}` };
    writeFileSync(at("config.yaml"), JSON.stringify({ cluster: "scraped", ...places, metrics, ...own[name] }));
    const started = new OwnProcess(mesh.lab, node, name, at("config.yaml"));
    await vi.waitFor(() => expect(started.hasLogged("READY"), started.stdout + started.stderr).toBe(true), PATIENCE);
    return port;
  }

  const valuesOf = (results: readonly QueryResult[]): string[] => results.map(({ value: [, value] }) => value);
  const instanceOf = (program: string, node: (typeof NODES)[number]): string =>
    `127.0.0.1:${ports[program]![NODES.indexOf(node)]}`;

  /** Alerts that fire, as `LinkDown 127.0.0.1:9464`. */
  async function firing(): Promise<string[]> {
    const alerts = (await prometheus.alerts()).filter(({ state }) => state === "firing");
    return alerts.map(({ labels }) => `${labels["alertname"]!.replace("Florenetes", "")} ${labels["instance"] ?? ""}`);
  }

  test("takes what all processes tell", async () => {
    const up = async (): Promise<string[]> => valuesOf(await prometheus.query("up"));
    await expect.poll(up, PATIENCE).toEqual(Array(NODES.length * PROGRAMS.length + BESIDE.length).fill("1"));
    const links = 'sum(florenetes_links{process="cluster-flor", state="up"})';
    await expect.poll(async () => valuesOf(await prometheus.query(links)), PATIENCE).toEqual(["8"]);
  });

  test.each([...PROGRAMS, ...BESIDE.map(([name]) => name)])(
    "promtool finds no fault in the metrics of %s",
    async (name) => {
      for (const port of ports[name]!) {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
        expect(promtool(["check", "metrics"], await answer.text())).toEqual({ code: 0, text: "" });
      }
    },
  );

  test("has no alert in a mesh that is well", async () => {
    // A workload that came before would be refused, for which there is an alert.
    const led =
      'max(florenetes_service_granted_seconds) > 0 and sum(florenetes_fabric_leases_in_use{standing="live"}) > 0';
    await expect.poll(() => prometheus.query(led), PATIENCE).toHaveLength(1);
    await expect.poll(firing, PATIENCE).toEqual([]);
    await expect.poll(() => askWho(mesh.lab, "a", tunnel), PATIENCE).toBe("d");
    await expect.poll(firing, PATIENCE).toEqual([]);
  });

  test("has alerts at the node whose link vertex is gone, and at its neighbours, and none once it is back", async () => {
    const { lab } = mesh;
    await lab.kill("c", "link-flor");
    const expected = [
      `ProcessGone ${instanceOf("link-flor", "c")}`,
      `NotAttached ${instanceOf("cluster-flor", "c")}`,
      `LinkDown ${instanceOf("cluster-flor", "a")}`,
      `LinkDown ${instanceOf("cluster-flor", "d")}`,
    ];
    await expect.poll(firing, PATIENCE).toEqual(expect.arrayContaining(expected));
    lab.start("c", "link-flor");
    await expect
      .poll(firing, PATIENCE)
      .not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:ProcessGone|NotAttached|LinkDown)/)]));
  });

  /** A stream of a workload through the tunnel, over which its target has answered. */
  async function openStream(): Promise<Socket> {
    const stream = connect(tunnel, "127.0.0.1").on("error", () => {});
    stream.write("GET /who HTTP/1.1\r\nhost: web\r\n\r\n");
    await once(stream, "data");
    return stream.resume();
  }

  test(
    "every query of the dashboard is understood, and has data, but for those of two rows",
    { timeout: 240_000 },
    async () => {
      const { lab } = mesh;
      // A list that names nobody who is in use, and a stream that its far end cuts: a mesh that is well has neither.
      openCa(lab.caFolder).issueInto(join(folder, "mallory"), { kind: "user", name: "mallory", days: 1 }, new Date());
      lab.revoke("user/mallory");
      const stream = await openStream();
      await lab.kill("d", "cluster-flor");
      await expect.poll(() => askWho(lab, "a", tunnel), PATIENCE).toBe("");
      lab.start("d", "cluster-flor");
      await expect.poll(() => stream.closed, PATIENCE).toBe(true);
      await expect.poll(() => askWho(lab, "a", tunnel), PATIENCE).toBe("d");
      const goodRoutes = async () => (await mesh.fabric.routesOf("a")).filter(({ failure }) => failure === null);
      // The connection over the one relay switches to the other, which has its permit by then.
      for (const relay of ["b", "c"]) {
        await expect.poll(goodRoutes, PATIENCE).toHaveLength(2);
        await lab.kill(relay, "link-flor");
        await expect.poll(() => askWho(lab, "a", tunnel), PATIENCE).toBe("d");
        lab.start(relay, "link-flor");
        await lab.waitUntilUp();
      }
      const unanswered = unansweredBy(prometheus, QUERIES);
      expect(QUERIES.length).toBeGreaterThan(30);
      const missing = async (): Promise<string[]> => {
        await askWho(lab, "a", tunnel);
        return unanswered();
      };
      await expect.poll(missing, { ...PATIENCE, interval: 500 }).toEqual([]);
    },
  );
});
