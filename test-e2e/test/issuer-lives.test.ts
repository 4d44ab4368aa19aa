/*
 *   a ── b ── … ── j      Certificates of ten nodes live for some minutes, and nobody but the timers of the nodes cares for them. The issuer is killed again and
 *                         again, and away for a third of the time. On each node workloads use a service two or three links away all the while.
 *                         In soak runs alone: FLORENETES_SOAK says for how many seconds. Seven days of certificates of ten minutes are 1,008 lives:
 *                         FLORENETES_SOAK=604800.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess, livingFrom, writeKeepConfig } from "../src/issuer-process.ts";
import { now } from "../src/monotonic-clock.ts";
import { certificatesInUse, hangUp, type Holding, replaceIdentity, troubles } from "../src/renewal.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const soak = process.env["FLORENETES_SOAK"];
const LASTS_MS = Math.max(240_000, 1_000 * Number(soak));
/** Four lives at least: of ten minutes where there is time, and never so short that a busy machine has no time for the runs of the timers in their last thirds. */
const LIFE_MS = 1_000 * Math.min(600, Math.max(120, Math.floor(LASTS_MS / 4_000)));
const START_MS = 300_000;
/** The timer of a node runs so often: three times, at least, while an identity is due. */
const TIMER_MS = LIFE_MS / 15;
/** The issuer is there for so long, and then away for half of that: a node that finds it away at first has more than one run with it before the end. */
const THERE_MS = LIFE_MS / 4;
const NODES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const HOLDINGS: readonly Holding[] = NODES.flatMap((node) => [
  { node, folder: "vertex", principal: `vertex/${node}` },
  { node, folder: `user/of-${node}`, principal: `user/of-${node}` },
  { node, folder: `service/at-${node}`, principal: `service/at-${node}` },
]);
const HOLDERS = NODES.flatMap((node) =>
  (["link-flor", "cluster-flor"] as const).map((name) => [node, name] satisfies [string, ProcessName]),
);
/** Nodes use services of each other, in pairs. */
const PAIRS = ["ac", "bd", "eh", "fi", "gj"];
/** The path from each node to the one whose service it uses, two links away or three. */
const PATHS = PAIRS.flatMap(([one = "", other = ""]) => {
  const path = NODES.slice(NODES.indexOf(one), NODES.indexOf(other) + 1);
  return [path, path.toReversed()];
});

if (!soak) process.stderr.write("left out: lives of certificates one after the other (`npm run soak` has them)\n");

let lab: Lab;
let issuer: IssuerProcess;
const workloads: SteadyWorkload[] = [];

describe.skipIf(!soak)("certificates of some minutes", () => {
  beforeAll(async () => {
    const ports = await Promise.all(NODES.map(() => freePort()));
    lab = await openLab({
      cluster: "lives",
      nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
      links: NODES.slice(1).map((node, index) => ({ between: [NODES[index]!, node] })),
      services: Object.fromEntries(
        PATHS.map((path) => {
          const [from, node] = endsOf(path);
          const target = `tcp://127.0.0.1:${ports[NODES.indexOf(node)]}`;
          return [`at-${node}`, { node, target, allow: [`user/of-${from}`] }];
        }),
      ),
      tunnels: PATHS.map((path) => {
        const [node, to] = endsOf(path);
        return { node, listen: "tcp://127.0.0.1:0", as: `user/of-${node}`, service: `at-${to}`, path };
      }),
    });
    issuer = await IssuerProcess.make(lab, "issuer", `${LIFE_MS / 1_000}s`);
    issuer.trustRoot();
    await lab.up();
    await issuer.start();
    for (const [index, node] of NODES.entries()) await SteadyService.start(lab, node, ports[index]!);
    for (const { node, listen } of lab.tunnels)
      workloads.push(await SteadyWorkload.start(lab, node, Number(new URL(listen).port), ["p", "d"]));
  }, START_MS);

  afterAll(async () => {
    for (const workload of workloads) workload[Symbol.dispose]();
    issuer?.[Symbol.dispose]();
    await lab?.down();
  });

  test("are renewed life after life, and nothing ends with any of them", { timeout: LASTS_MS + START_MS }, async () => {
    const configs = NODES.map((node) => writeKeepConfig(lab, node, HOLDINGS, [issuer.address]));
    const ends = new Map<string, number>();
    // The record of the issuer has no later key of theirs: the root makes what is overridden.
    const root = openCa(lab.caFolder);
    for (const holding of HOLDINGS) {
      const made = livingFrom(issuer.ca, holding.principal, LIFE_MS, Date.now());
      ends.set(holding.principal, made.notAfter.getTime());
      replaceIdentity(lab, holding, root, made);
    }
    await hangUp(lab, HOLDERS, "IDENTITY_RELOADED");
    await allProgress();
    const before = await troubles(lab, HOLDERS);
    const until = now() + LASTS_MS;
    const lefts: number[] = [];
    const keep = async (config: string): Promise<void> => {
      while (now() < until) {
        const next = now() + TIMER_MS;
        // A node warns while the issuer is away.
        const { stdout } = await flor("identity", "keep", "--config", config);
        for (const [, name, end] of stdout.matchAll(/^(\S+): renewed, ends (\S+)$/gm)) {
          lefts.push(ends.get(name!)! - Date.now());
          ends.set(name!, Date.parse(end!));
        }
        await sleep(Math.max(0, next - now()));
      }
    };
    const [awayMs] = await Promise.all([killAgainAndAgain(until), ...configs.map(keep)]);
    const [renewals, leastMs] = [lefts.length, Math.min(...lefts)];
    process.stderr.write(
      `${renewals} renewals of ${HOLDINGS.length} identities in ${seconds(LASTS_MS)}, ${(LASTS_MS / LIFE_MS).toFixed(1)} lives; ` +
        `the issuer was away for ${seconds(awayMs)}; ${seconds(leastMs)} of a life of ${seconds(LIFE_MS)} were left at the least\n`,
    );
    expect(leastMs).toBeGreaterThan(0);
    await allProgress();
    expect(awayMs).toBeGreaterThan(LASTS_MS / 3 - THERE_MS);
    const lives = Math.floor(LASTS_MS / LIFE_MS);
    for (const { principal } of HOLDINGS) {
      const issued = issuer.ca.record.certificatesOf(`spiffe://lives/${principal}`);
      expect(issued.length, principal).toBeGreaterThan(lives);
    }
    const inUse = (await certificatesInUse(lab)).filter(({ principal }) => ends.has(shortOf(principal)));
    expect(inUse).toHaveLength(HOLDINGS.length);
    for (const { principal, notAfter } of inUse)
      expect(Date.parse(notAfter), principal).toBe(ends.get(shortOf(principal)));
    expect(await troubles(lab, HOLDERS)).toEqual(before);
    for (const workload of workloads) expect(workload.lost).toEqual(new Map());
  });
});

function endsOf(path: readonly string[]): readonly [from: string, to: string] {
  return [path[0]!, path.at(-1)!];
}

/** Kills the issuer and starts it again until the end; returns for how long nobody could ask it. */
async function killAgainAndAgain(until: number): Promise<number> {
  let awayMs = 0;
  while (now() < until) {
    await sleep(THERE_MS);
    await issuer.kill();
    const killed = now();
    await sleep(THERE_MS / 2);
    await issuer.start();
    awayMs += now() - killed;
  }
  return awayMs;
}

/** Waits until all connections have carried something from now on. Bytes that are wrong end a connection. */
async function allProgress(): Promise<void> {
  const since = now();
  for (const workload of workloads) await workload.untilProgress(since);
}

/** `user/alice` for `spiffe://lives/user/alice`. */
function shortOf(principal: string): string {
  return principal.replace(/^spiffe:\/\/[^/]+\//, "");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
