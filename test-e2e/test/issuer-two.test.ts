/*
 *   a ───── b        Two issuers, each with its own intermediate CA, and nothing shared: the machine of each follows the lists of the other. Both
 *                    nodes follow both. The identity of vertex/b comes by a token.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PrincipalKind, writeIdentity } from "@florenetes/identity";
import { type CertificateAuthority, makeKey, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor, florCommand } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { untilSaid } from "../src/services.ts";

/** A list that is published is in force within this time. */
const IN_FORCE_MS = 10_000;
const HOUR_MS = 3_600_000;

interface TestedIssuer {
  readonly name: string;
  readonly ca: CertificateAuthority;
  readonly address: string;
  /** The folder of its roots and lists, which is an identity folder, too: by it the machine follows the other issuer. */
  readonly trust: string;
}

let lab: Lab;
let issuers: readonly [TestedIssuer, TestedIssuer];
const running = new Map<string, ChildProcess>();

beforeAll(async () => {
  lab = await openLab({ cluster: "two", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] });
  issuers = [await makeIssuer("north"), await makeIssuer("south")];
  for (const issuer of issuers) await startIssuer(issuer);
  await enroll("b");
  await lab.up();
  for (const [index, { trust }] of issuers.entries()) await follow(`issuer-${index}`, [trust], [issuers[1 - index]!]);
  for (const node of ["a", "b"]) await follow(node, [lab.identityFolder(node, "vertex")], issuers);
});

afterAll(async () => {
  for (const child of running.values()) child.kill("SIGKILL");
  await lab?.down();
});

async function makeIssuer(name: string): Promise<TestedIssuer> {
  const root = openCa(lab.caFolder);
  const ca = root.makeIntermediate(join(lab.folder, `ca-${name}`), {});
  const trust = join(lab.folder, `trust-${name}`);
  root.issueInto(trust, { kind: "service", name: `issuer-${name}` });
  return { name, ca, trust, address: `tcp://127.0.0.1:${await freePort()}` };
}

async function startIssuer({ name, ca, address: listen, trust }: TestedIssuer): Promise<void> {
  const config = join(lab.folder, `${name}.yaml`);
  const state = join(lab.folder, `state-${name}`);
  writeFileSync(config, JSON.stringify({ cluster: "two", ca: ca.folder, trust, state, listen, life: "1h" }));
  await start(name, "issuer", "--config", config);
}

async function follow(name: string, folders: readonly string[], of: readonly TestedIssuer[]): Promise<void> {
  await start(`follow-${name}`, "identity", "follow", "--config", keepConfig(name, folders, of));
}

/** The config of a node's renewals, for `follow` and `keep`. Nobody listens at the control socket. */
function keepConfig(name: string, folders: readonly string[], of: readonly TestedIssuer[]): string {
  const config = join(lab.folder, `keep-${name}.yaml`);
  const identities = folders.map((folder) => ({ folder, control: join(lab.folder, "nobody.sock") }));
  writeFileSync(config, JSON.stringify({ cluster: "two", issuer: of.map(({ address }) => address), identities }));
  return config;
}

/** Starts `flor` with a command that goes on, and waits until it is ready. */
async function start(name: string, ...args: readonly string[]): Promise<void> {
  const child = lab.spawn("a", [...florCommand(), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.set(name, child);
  await untilSaid(child.stdout!, '"code":"READY"');
}

async function stop(name: string): Promise<void> {
  const child = running.get(name)!;
  running.delete(name);
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** The identity of a node's vertex comes from the first issuer, by a token. */
async function enroll(node: string): Promise<void> {
  const [{ ca, address }] = issuers;
  const token = await flor("ca", "token", "vertex", node, "--ca", ca.folder, "--issuer", address);
  const folder = lab.identityFolder(node, "vertex");
  rmSync(folder, { recursive: true });
  const { code, stderr } = await flor("identity", "enroll", token.stdout.trim(), "--into", folder);
  expect(code, stderr).toBe(0);
}

async function listsInForce(node: string): Promise<number> {
  const { clusters } = (await lab.status(node)).linkFlor as unknown as {
    clusters: { revocation: { lists: unknown[] } }[];
  };
  return clusters[0]!.revocation.lists.length;
}

/** Has a CA revoke somebody, and waits until its list is in force at both nodes; returns how long that took. */
async function revoke(ca: CertificateAuthority, name: string, lists: number): Promise<number> {
  ca.issueInto(join(lab.folder, `ids/${ca.authority.fingerprint}/${name}`), { kind: "user", name });
  const at = performance.now();
  ca.revoke([{ principal: { cluster: "two", kind: "user", name } }]);
  for (const node of ["a", "b"]) await expect.poll(() => listsInForce(node), PATIENCE).toBe(lists);
  return performance.now() - at;
}

test("a node whose identity came by a token has its links", async () => {
  const { clusterFlor } = (await lab.statuses()).get("b")!;
  expect(clusterFlor).toMatchObject({ links: [{ peer: "a", state: "up" }] });
});

test("the list of either issuer is in force at all nodes within ten seconds, and known to the other issuer", async () => {
  const before = await listsInForce("a");
  const took = [await revoke(issuers[0].ca, "eve", before + 1), await revoke(issuers[1].ca, "mallory", before + 2)];
  expect(Math.max(...took)).toBeLessThan(IN_FORCE_MS);
  for (const [index, { trust }] of issuers.entries()) {
    const other = issuers[1 - index]!.ca.revocationListPem!;
    await expect.poll(() => readFileSync(join(trust, "crl.pem"), "utf8"), PATIENCE).toContain(other);
  }
});

test("the one renews what the other has issued, while that one is away, but for what it has revoked", async () => {
  const [north, south] = issuers;
  const [good, gone] = ["good", "gone"].map((name) => {
    const folder = join(lab.folder, `due/${name}`);
    mkdirSync(join(lab.folder, "due"), { recursive: true });
    const { pem: privateKeyPem, publicKeyInfo } = makeKey();
    const wish = { kind: "user" as PrincipalKind, name, publicKeyInfo, lifeMs: HOUR_MS };
    writeIdentity(folder, { ...north.ca.certify(wish, new Date(Date.now() - 0.8 * HOUR_MS)), privateKeyPem });
    return folder;
  }) as [string, string];
  north.ca.revoke([{ principal: { cluster: "two", kind: "user", name: "gone" } }]);
  await expect
    .poll(() => readFileSync(join(south.trust, "crl.pem"), "utf8"), PATIENCE)
    .toContain(north.ca.revocationListPem!);
  await stop("north");
  const { stdout, stderr } = await flor("identity", "keep", "--config", keepConfig("due", [good, gone], issuers));
  expect(stdout).toContain("user/good: renewed");
  expect(stderr).toMatch(/user\/gone is not renewed: .*\[ERR_ISSUER_REVOKED\]/);
  expect(south.ca.record.certificatesOf("spiffe://two/user/good")).toHaveLength(1);
  // A node that follows hears from the one that is there, and from the other one when it is back.
  const took = await revoke(south.ca, "trudy", await listsInForce("a"));
  expect(took).toBeLessThan(IN_FORCE_MS);
  await startIssuer(north);
});
