/*
 *   e ───── b ───── a     b coordinates, relays, and lets nodes in with a token; d has two services that a asks for, and e comes with a token:
 *           │             people allow the organization one lease and three nodes, and then more
 *           d
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface Status {
  readonly key: string;
  readonly standing: string;
  readonly mail: { readonly readers: readonly object[] };
  readonly routes: { readonly leases: readonly object[] };
  readonly coordinator: { readonly faults: Readonly<Record<string, number>> } | null;
}

/** Beacons come each 30 s. */
const LEASED = { ...PATIENCE_OF_PROCESSES, timeout: 90_000 };
const SERVICES = ["web", "mail"];

describe("the budget of an organization", () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-budgets-"));
  const token = join(folder, "token.txt");
  let lab: Lab;
  let fabric: FabricLab;
  let ports: readonly number[];

  const statusOf = async (node: string): Promise<Status> => (await fabric.status(node)) as Status;
  const bring = (): ReturnType<typeof flor> =>
    flor("fabric", "join", token, "--agent", fabric.adminOf("e"), "--wait", "20s");
  const allow = (limits: Readonly<Record<string, number>>): Promise<unknown> => {
    const body = { limits: Object.entries(limits).map(([of, most]) => ({ of, most })) };
    return fabric.publish("b", [fabric.sign("budget", "lab", body)]);
  };

  beforeAll(async () => {
    const target = await freePort();
    ports = [await freePort(), await freePort()];
    lab = await openLab({
      cluster: "budgets",
      nodes: { a: {}, b: {}, d: {}, e: {} },
      links: [{ between: ["a", "b"] }, { between: ["d", "b"] }, { between: ["e", "b"] }],
      services: {},
      tunnels: [],
    });
    const service = { allow: ["user/alice"], targets: { d: `tcp://127.0.0.1:${target}` } };
    fabric = FabricLab.prepare(lab, {
      development: true,
      programs: ["b"],
      services: Object.fromEntries(SERVICES.map((name) => [name, service])),
      tunnels: SERVICES.map((name, at) => {
        return { node: "a", listen: `tcp://127.0.0.1:${ports[at]!}`, as: "user/alice", service: name };
      }),
      agents: { b: { coordinator: { partition: "default" } } },
      doors: { b: { relay: { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "1 Gbit/s" } } },
    });
    await startFileServer(lab, "d", target);
    await lab.up();
    await fabric.up(["e"]);
    await allow({ leases: 1, nodes: 3 });
    const roles = ["route-coordinator", "relay", "control-plane"].map((role) => fabric.signRole("b", "cluster", role));
    const endpoint = { id: "b", endpoint: "udp://192.0.2.1:4433", carrier: "quic", reach: "public" as const };
    const seed = { node: "b", key: (await statusOf("b")).key, endpoints: [{ ...endpoint, priority: 0, weight: 1 }] };
    await fabric.publish("b", [...roles, fabric.sign("seeds", "seeds", { seeds: [seed] })]);
    await fabric.publish(
      "a",
      SERVICES.map((name) => fabric.signService(name, ["d"])),
    );
    // Programs count the nodes whose records they hold.
    const papers = ["a", "d"].map((node) => fabric.signNode(node));
    await fabric.publish("b", papers);
    const made = await flor(
      "fabric",
      "token",
      "new",
      "--cluster",
      "budgets",
      "--organization",
      "lab",
      "--partition",
      "default",
      "--json",
    );
    const { token: text, subject } = JSON.parse(made.stdout) as { token: string; subject: string };
    writeFileSync(token, text, { mode: 0o600 });
    await fabric.publish("b", [fabric.sign("token", subject, { organization: "lab", partition: "default", count: 9 })]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    rmSync(folder, { recursive: true, force: true });
  });

  test("gives the one lease that it allows, and says of the other how many there are and by which record", async () => {
    await expect.poll(async () => (await statusOf("a")).routes.leases, LEASED).toHaveLength(1);
    await expect.poll(async () => (await statusOf("b")).coordinator?.faults, PATIENCE).toEqual({ quota: 1 });
    const { stdout } = await flor("fabric", "explain", "a", "--agent", fabric.adminOf("b"));
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toMatch(/NO LEASE of a to (web|mail) at d: the organization of the origin has as much as its budget/);
    const shown = await flor("fabric", "budgets", "lab", "--agent", fabric.adminOf("b"));
    expect(shown.stdout, shown.stderr).toMatch(/^ *lab +leases +1 +1 +[0-9a-f]{16} /m);
    // Each host that an origin asks for anew is counted for it.
    const misuse = await flor("fabric", "misuse", "--agent", fabric.adminOf("b"));
    expect(misuse.stdout, misuse.stderr).toMatch(/^ *route-churn +node +a +\d+ +512 +- +- +-/m);
    expect(text).toMatch(/budget of lab: other leases have 1 of 1 \(leases, .*\), by [0-9a-f]{16} until 20/);
  });

  test("lets no fourth node in, and says how many there are", async () => {
    await expect.poll(async () => (await statusOf("e")).mail.readers, PATIENCE).toMatchObject([{ node: "b" }]);
    const refused = await bring();
    expect(refused.code, refused.stderr).toBe(1);
    expect(refused.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /^quota: .* There are 3 of 3 \(nodes\): there may be another/,
    );
    expect((await statusOf("e")).standing).not.toBe("in-force");
  });

  test("that people make larger gives both", async () => {
    await allow({ leases: 2, nodes: 4 });
    await expect.poll(async () => (await statusOf("a")).routes.leases, LEASED).toHaveLength(2);
    for (const port of ports) await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("d");
    const joined = await bring();
    expect(joined, joined.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node +e, of the cluster/) });
    await expect.poll(() => statusOf("e"), PATIENCE).toMatchObject({ standing: "in-force" });
  });
});
