/*
 *   a ───── b        alice on a uses a service on b without rest. All identities are of an intermediate CA and end within a minute. A timer
 *                    on each node runs `flor identity keep`; the issuer is not there at first, comes, and is killed again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess, livingFrom, writeKeepConfig } from "../src/issuer-process.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { certificatesInUse, hangUp, type Holding, replaceIdentity, troubles } from "../src/renewal.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const HOLDINGS: readonly Holding[] = [
  { node: "a", folder: "vertex", principal: "vertex/a" },
  { node: "b", folder: "vertex", principal: "vertex/b" },
  { node: "a", folder: "user/alice", principal: "user/alice" },
  { node: "b", folder: "service/files", principal: "service/files" },
];
const HOLDERS = [
  ["a", "link-flor"],
  ["b", "link-flor"],
  ["a", "cluster-flor"],
  ["b", "cluster-flor"],
] as const;
/** The certificates at first are at five sixths of their life, and the last sixth is long enough for all that has to be done in it. */
const LASTS_MS = 80_000;

let lab: Lab;
let workload: SteadyWorkload;
let issuer: IssuerProcess;
/** The configs by which nodes keep their identities. */
const keepConfigs = new Map<string, string>();
let endsAt: number;
let troublesAtFirst: readonly string[];

beforeAll(async () => {
  const port = await freePort();
  lab = await openLab({
    cluster: "issuer",
    nodes: { a: {}, b: {} },
    links: [{ between: ["a", "b"] }],
    services: { files: { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] }],
  });
  issuer = await IssuerProcess.make(lab, "issuer", "1h");
  issuer.trustRoot();
  for (const node of ["a", "b"]) keepConfigs.set(node, writeKeepConfig(lab, node, HOLDINGS, [issuer.address]));
  await lab.up();
  await SteadyService.start(lab, "b", port);
  workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
});

afterAll(async () => {
  issuer?.[Symbol.dispose]();
  workload?.[Symbol.dispose]();
  await lab?.down();
});

function chains(): readonly string[] {
  return HOLDINGS.map(({ node, folder }) => readFileSync(`${lab.identityFolder(node, folder)}/chain.pem`, "utf8"));
}

test("without an issuer nothing changes, and who looks is told the day on which it ends", async () => {
  endsAt = Date.now() + LASTS_MS;
  for (const holding of HOLDINGS) {
    const lifeMs = 6 * LASTS_MS;
    replaceIdentity(lab, holding, issuer.ca, livingFrom(issuer.ca, holding.principal, lifeMs, endsAt - lifeMs));
  }
  await hangUp(lab, HOLDERS, "IDENTITY_RELOADED");
  await workload.untilProgress(now());
  troublesAtFirst = await troubles(lab, HOLDERS);
  const before = chains();
  const day = new Date(endsAt).toISOString().slice(0, 10);
  const { code, stderr } = await flor("identity", "keep", "--config", keepConfigs.get("a")!);
  expect(code, stderr).toBe(1);
  for (const name of ["vertex/a", "user/alice"]) {
    expect(stderr).toMatch(new RegExp(`${name} is not renewed: .*\\[ERR_FLOR_ISSUER_UNREACHABLE\\]`));
    expect(stderr).toMatch(new RegExp(`warning: ${name} ends on ${day} at .*\\[ERR_FLOR_RENEWAL_OVERDUE\\]`));
  }
  expect(chains()).toEqual(before);
});

test("when it comes, all identities of both nodes are renewed with other keys, and used at once", async () => {
  await issuer.start();
  // Somebody edits a config just then: what is in its file is not taken.
  const edited = lab.configFile("a", "cluster-flor");
  const text = readFileSync(edited, "utf8");
  writeFileSync(edited, `${text}\nunfinished`);
  const before = chains();
  for (const node of ["a", "b"]) {
    const { code, stdout, stderr } = await flor("identity", "keep", "--config", keepConfigs.get(node)!);
    expect(code, stderr).toBe(0);
    expect(stdout.match(/: renewed, ends /g)).toHaveLength(2);
  }
  writeFileSync(edited, text);
  expect(Date.now(), "the machine was too slow for a life of this length").toBeLessThan(endsAt);
  expect(chains().filter((chain) => before.includes(chain))).toEqual([]);
  const ends = (await certificatesInUse(lab)).map(({ notAfter }) => Date.parse(notAfter));
  expect(ends.filter((end) => end < endsAt + LASTS_MS)).toEqual([]);
  const listed = await flor("ca", "list", "--ca", issuer.ca.folder);
  for (const { principal } of HOLDINGS) expect(listed.stdout).toContain(principal);
});

test("it is killed, and nothing ends with the certificates of before: no link, no connection, not a byte", async () => {
  await issuer.kill();
  const { code, stdout } = await flor("identity", "keep", "--config", keepConfigs.get("a")!);
  expect({ code, waiting: stdout.match(/is renewed from /g)?.length }).toEqual({ code: 0, waiting: 2 });
  await expect.poll(() => Date.now(), { ...PATIENCE, timeout: 2 * LASTS_MS }).toBeGreaterThan(endsAt + 3_000);
  await workload.untilProgress(now());
  expect(await troubles(lab, HOLDERS)).toEqual(troublesAtFirst);
  expect(workload.lost).toEqual(new Map());
});
