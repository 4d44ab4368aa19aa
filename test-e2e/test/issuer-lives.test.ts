/*
 *   a ── b ── … ── j      Certificates of all nodes live for two minutes, and nobody but the timers cares for them. The issuer is killed again and
 *                         again, and away for a third of the time. Connections from a to j go on all the while. In soak runs alone:
 *                         FLORENETES_SOAK says for how many seconds.
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess, livingFrom, writeKeepConfig } from "../src/issuer-process.ts";
import { now } from "../src/monotonic-clock.ts";
import { hangUp, type Holding, replaceIdentity, troubles } from "../src/renewal.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const LIFE_MS = 120_000;
const soak = process.env["FLORENETES_SOAK"];
const LASTS_MS = 1_000 * Number(soak);
const NODES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const [FIRST, LAST] = [NODES[0]!, NODES.at(-1)!];
/** The issuer is there for so long, and then away for half of that. */
const THERE_MS = LIFE_MS / 4;
const HOLDINGS: readonly Holding[] = [
  ...NODES.map((node) => ({ node, folder: "vertex", principal: `vertex/${node}` })),
  { node: FIRST, folder: "user/alice", principal: "user/alice" },
  { node: LAST, folder: "service/files", principal: "service/files" },
];
const HOLDERS = [
  ...NODES.map((node) => [node, "link-flor"] as const),
  [FIRST, "cluster-flor"] as const,
  [LAST, "cluster-flor"] as const,
];

if (!soak) process.stderr.write("left out: lives of certificates one after the other (`npm run soak` has them)\n");

let lab: Lab;
let issuer: IssuerProcess;
let workload: SteadyWorkload;

describe.skipIf(!soak)("certificates of two minutes", () => {
  beforeAll(async () => {
    const port = await freePort();
    lab = await openLab({
      cluster: "lives",
      nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
      links: NODES.slice(1).map((node, index) => ({ between: [NODES[index]!, node] })),
      services: { files: { node: LAST, target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [{ node: FIRST, listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: NODES }],
    });
    issuer = await IssuerProcess.make(lab, "issuer", `${LIFE_MS / 1_000}s`);
    issuer.trustRoot();
    await lab.up();
    await SteadyService.start(lab, LAST, port);
    workload = await SteadyWorkload.start(lab, FIRST, Number(new URL(lab.tunnels[0]!.listen).port));
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    issuer?.[Symbol.dispose]();
    await lab?.down();
  });

  test("are renewed life after life, and nothing ends with any of them", { timeout: LASTS_MS + 300_000 }, async () => {
    const configs = NODES.map((node) => writeKeepConfig(lab, node, HOLDINGS, [issuer.address]));
    await issuer.start();
    for (const holding of HOLDINGS)
      replaceIdentity(lab, holding, issuer.ca, livingFrom(issuer.ca, holding.principal, LIFE_MS, Date.now()));
    await hangUp(lab, HOLDERS, "IDENTITY_RELOADED");
    await workload.untilProgress(now());
    const before = await troubles(lab, HOLDERS);
    const until = now() + LASTS_MS;
    let changesAt = now() + THERE_MS;
    let isThere = true;
    // The timers of all nodes, one behind the other.
    for (let turn = 0; now() < until; turn++) {
      if (now() >= changesAt) {
        isThere = !isThere;
        await (isThere ? issuer.start() : issuer.kill());
        changesAt = now() + (isThere ? THERE_MS : THERE_MS / 2);
      }
      // A node warns while the issuer is away.
      await flor("identity", "keep", "--config", configs[turn % configs.length]!);
      await workload.untilProgress(now());
    }
    const lives = LASTS_MS / LIFE_MS;
    for (const { principal } of HOLDINGS) {
      const issued = issuer.ca.record.certificatesOf(`spiffe://lives/${principal}`);
      expect(issued.length, principal).toBeGreaterThan(lives);
    }
    expect(await troubles(lab, HOLDERS)).toEqual(before);
    expect(workload.lost).toEqual(new Map());
  });
});
