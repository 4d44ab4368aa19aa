/*
 *   a ───── b ───── c ───── d        long: a b c d, direct: a d
 *   └───────────────────────┘
 *
 *                     on                   to               over
 *   aliceLong         a   user/alice       files   on d     long
 *   bobLong           a   user/bob         files   on d     long
 *   aliceDirect       a   user/alice       logs    on d     direct
 *   bobDirect         a   user/bob         logs    on d     direct
 *   fromService       d   service/files    base    on a     direct
 *
 *   On each runs a ping-pong and an upload that never rest, checked byte by byte; on aliceDirect a download, too. (A download that
 *   is reset first reads all that its kernel holds, for as long as it likes.) One certificate after the other is revoked; connections that were
 *   made with it end on the nodes that have the list as soon as they have read it, and no others are disturbed.
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterCounts } from "../src/counted.ts";
import { logEntries } from "../src/log-entries.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { hangUp, replaceIdentity } from "../src/renewal.ts";
import { bringList, randomSerials, revoke } from "../src/revocation.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** The longest pause that other workloads may see, on a machine that is busy with other things. */
const PAUSE_MS_MAX = 2_000;
/** The time for a revocation: a list is read within a second, which watch-pace.test.ts of packages/identity holds, and all is ended in a
 *  pause's time. */
const WITHIN_MS = 1_000 + PAUSE_MS_MAX;

const TUNNELS = {
  aliceLong: {
    modes: ["p", "u"],
    node: "a",
    port: 18_001,
    as: "user/alice",
    service: "files",
    path: ["a", "b", "c", "d"],
  },
  bobLong: { modes: ["p", "u"], node: "a", port: 18_002, as: "user/bob", service: "files", path: ["a", "b", "c", "d"] },
  aliceDirect: { modes: ["p", "d", "u"], node: "a", port: 18_003, as: "user/alice", service: "logs", path: ["a", "d"] },
  bobDirect: { modes: ["p", "u"], node: "a", port: 18_004, as: "user/bob", service: "logs", path: ["a", "d"] },
  fromService: { modes: ["p", "u"], node: "d", port: 18_005, as: "service/files", service: "base", path: ["d", "a"] },
} as const;
type Name = keyof typeof TUNNELS;
const NAMES = Object.keys(TUNNELS) as Name[];
const SERVICES = { files: ["d", 8081], logs: ["d", 8082], base: ["a", 8083] } as const;

describe.skipIf(!isRoot)("a certificate is revoked while traffic runs", () => {
  let lab: Lab;
  const workloads = new Map<Name, SteadyWorkload>();
  const services = new Map<string, SteadyService>();
  let idsAtFirst: readonly string[];

  beforeAll(async () => {
    const allow = ["user/alice", "user/bob", "service/files"];
    lab = await openLab(
      {
        cluster: "revoked",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [
          ["b", "a"],
          ["b", "c"],
          ["c", "d"],
          ["a", "d"],
        ].map((between) => ({ between })),
        services: Object.fromEntries(
          Object.entries(SERVICES).map(([name, [node, port]]) => [
            name,
            { node, target: `tcp://127.0.0.1:${port}`, allow },
          ]),
        ),
        tunnels: Object.values(TUNNELS).map(({ node, port, as, service, path }) => ({
          node,
          listen: `tcp://127.0.0.1:${port}`,
          as,
          service,
          path: [...path],
        })),
      },
      { mode: "netns" },
    );
    await lab.up();
    await Promise.all(
      Object.entries(SERVICES).map(async ([name, [node, port]]) => {
        services.set(name, await SteadyService.start(lab, node, port));
      }),
    );
    await Promise.all(
      NAMES.map(async (name) => {
        const { node, port, modes } = TUNNELS[name];
        workloads.set(name, await SteadyWorkload.start(lab, node, port, modes));
      }),
    );
    idsAtFirst = (await clusterCounts(lab, "d")).connections.map(({ id }) => id);
  });
  afterAll(() => lab?.down());

  /** Forgets earlier pauses. */
  function beginToWatch(): void {
    for (const workload of workloads.values()) workload.takeLongestGap();
  }

  /** Checks that none of these workloads has ended or even paused. */
  async function expectUndisturbed(...names: readonly Name[]): Promise<void> {
    for (const name of names) {
      const workload = workloads.get(name)!;
      await workload.untilProgress(now());
      expect(workload.takeLongestGap(), `the longest pause of ${name}`).toBeLessThan(PAUSE_MS_MAX);
    }
  }

  /** Checks that all of these workloads were reset in time, at both ends. Returns how long the last one took. */
  async function expectEnded(names: readonly Name[], listAt: number): Promise<number> {
    const lost = () => names.flatMap((name) => [...workloads.get(name)!.lost.values()]);
    await expect.poll(() => lost().length, PATIENCE).toBe(2 * names.length);
    const targets = [...new Set(names.map((name) => TUNNELS[name].service))];
    const ended = () => targets.flatMap((name) => services.get(name)!.ends.filter(({ at }) => at > listAt));
    await expect.poll(() => ended().length, PATIENCE).toBe(2 * names.length);
    const all = [...lost(), ...ended()];
    expect(new Set(all.map(({ reason }) => reason))).toEqual(new Set(["ECONNRESET"]));
    const tookMs = Math.max(...all.map(({ at }) => at)) - listAt;
    expect(tookMs).toBeLessThan(WITHIN_MS);
    for (const name of names) workloads.delete(name);
    return tookMs;
  }

  async function expectRefused(name: Name): Promise<void> {
    const { node, port } = TUNNELS[name];
    const { code } = await lab.exec(node, ["curl", "-s", "--max-time", "60", `http://127.0.0.1:${port}/`]);
    // The service resets curl after it has connected, or so soon that curl takes the reset for a refused connection.
    expect([7, 56]).toContain(code);
  }

  async function linkOf(node: string, peer: string): Promise<string> {
    const { state, code } = (await lab.status(node)).clusterFlor!.links.find((link) => link.peer === peer)!;
    return `${state} ${code}`;
  }

  test("a transit vertex: its links end, paths through it stand still, and go on when it has another certificate", async () => {
    const list = await revoke(lab, "vertex/b");
    beginToWatch();
    const at = Math.max(bringList(lab, "a", list), bringList(lab, "c", list));
    for (const node of ["a", "c"]) await expect.poll(() => linkOf(node, "b"), PATIENCE).toMatch(/REVOKED$/);
    expect(now() - at).toBeLessThan(WITHIN_MS);
    for (const peer of ["a", "c"]) await expect.poll(() => linkOf("b", peer), PATIENCE).toBe("refused REVOKED");
    await expectUndisturbed("aliceDirect", "bobDirect", "fromService");
    const counts = (): number[] =>
      (["aliceLong", "bobLong"] as const).map((name) => workloads.get(name)!.course("p").count);
    const before = counts();
    await expectUndisturbed("aliceDirect");
    expect(counts()).toEqual(before);
    expect(await linkOf("c", "d")).toBe("up ");

    replaceIdentity(lab, { node: "b", folder: "vertex", principal: "vertex/b" }, openCa(lab.caFolder));
    await hangUp(lab, [["b", "link-flor"]], "IDENTITY_RELOADED");
    const renewedAt = now();
    for (const name of ["aliceLong", "bobLong"] as const) await workloads.get(name)!.untilProgress(renewedAt);
    await expectUndisturbed("aliceDirect", "bobDirect", "fromService");
    for (const [node, peers] of Object.entries({ a: ["b"], b: ["a", "c"], c: ["b"], d: [] })) {
      const ended = [
        ...(await logEntries(lab, node, "cluster-flor", "LINK_DOWN")),
        ...(await logEntries(lab, node, "cluster-flor", "LINK_REFUSED")),
      ].filter(({ reason }) => reason === "REVOKED");
      expect(new Set(ended.map(({ peer }) => peer)), `links that ended at ${node}`).toEqual(new Set(peers));
    }
  });

  test("a user: the connections of this user end, by a list that only the services' node has", async () => {
    const list = await revoke(lab, "user/bob", ...withFiller(9));
    beginToWatch();
    const tookMs = await expectEnded(["bobLong", "bobDirect"], bringList(lab, "d", list));
    tell(`10 entries: all was reset ${tookMs.toFixed(0)} ms after the list was there`);
    await expectUndisturbed("aliceLong", "aliceDirect", "fromService");

    await expectRefused("bobDirect");
    const refusal = async (): Promise<unknown> =>
      (await logEntries(lab, "d", "cluster-flor", "TRANSPORT_REFUSED")).find(({ service }) => service === "logs");
    await expect.poll(refusal, PATIENCE).toMatchObject({
      reason: "REVOKED",
      msg: expect.stringMatching(/serial \w+ is revoked by list \d+ of/),
    });
    expect((await clusterCounts(lab, "d")).services.find(({ name }) => name === "logs")!.handshakes).toMatchObject({
      REVOKED: expect.any(Number),
    });
    expect(await tunnelAt("bobDirect")).toMatchObject({ refused: { REVOKED: expect.any(Number) } });
    const downs = async () => JSON.stringify(await logEntries(lab, "a", "cluster-flor", "TRANSPORT_DOWN"));
    await expect.poll(downs, PATIENCE).toContain("our certificate is revoked there");
    // The user's own node has not got the list so far, and gets it now.
    expect(await logEntries(lab, "a", "cluster-flor", "OWN_CERTIFICATE_REVOKED")).toEqual([]);
    bringList(lab, "a", list);
    await expect.poll(() => logEntries(lab, "a", "cluster-flor", "OWN_CERTIFICATE_REVOKED"), PATIENCE).toHaveLength(1);
    await expectRefused("bobLong");
    await expectUndisturbed("aliceLong", "aliceDirect", "fromService");
  });

  test("a service: all that it serves and all that it asks for ends, by SIGHUP and a list of 2,000", async () => {
    const list = await revoke(lab, "service/files", ...withFiller(1_989));
    beginToWatch();
    const at = bringList(lab, "a", list);
    await lab.kill("a", "cluster-flor", "SIGHUP");
    const tookMs = await expectEnded(["aliceLong", "fromService"], at);
    tell(`2,000 entries: all was reset ${tookMs.toFixed(0)} ms after the list was there`);
    await expectUndisturbed("aliceDirect");

    await expectRefused("aliceLong");
    expect(await tunnelAt("aliceLong")).toMatchObject({ refused: { REVOKED: expect.any(Number) } });
    await expectRefused("fromService");
    bringList(lab, "d", list);
    await expect.poll(() => logEntries(lab, "d", "cluster-flor", "OWN_CERTIFICATE_REVOKED"), PATIENCE).toHaveLength(1);
    await expectUndisturbed("aliceDirect");
  });

  test("who was never revoked has the connection of the beginning, and lost nothing", async () => {
    const established = (await clusterCounts(lab, "d")).connections.filter(({ state }) => state === "established");
    expect(established).toHaveLength(1);
    expect(idsAtFirst).toContain(established[0]!.id);
    expect([...workloads.keys()]).toEqual(["aliceDirect"]);
  });

  function withFiller(count: number): string[] {
    return [...randomSerials(count).flatMap((serial) => ["--serial", serial]), "--unrecorded"];
  }

  async function tunnelAt(name: Name): Promise<unknown> {
    const { tunnels } = (await lab.status(TUNNELS[name].node)).clusterFlor!;
    const tunnel = tunnels.find(({ listen }) => listen.endsWith(`:${TUNNELS[name].port}`));
    return (tunnel as unknown as { readonly connections: unknown }).connections;
  }
});

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
