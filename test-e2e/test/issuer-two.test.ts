/*
 *   a ───── b        Two issuers, each with its own intermediate CA, and nothing shared: the machine of each follows the lists of the other. Both
 *                    nodes follow both. The identity of vertex/b comes by a token.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeIdentity } from "@florenetes/identity";
import { type CertificateAuthority, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { IssuerProcess, livingFrom, startFlor } from "../src/issuer-process.ts";
import { PATIENCE } from "../src/patience.ts";

/** A list that is published is in force within this time. */
const IN_FORCE_MS = 10_000;
const HOUR_MS = 3_600_000;

let lab: Lab;
let issuers: readonly [IssuerProcess, IssuerProcess];
const followers: ChildProcess[] = [];

beforeAll(async () => {
  lab = await openLab({ cluster: "two", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] });
  issuers = [await makeIssuer("north"), await makeIssuer("south")];
  for (const issuer of issuers) await issuer.start();
  await enroll("b");
  await lab.up();
  for (const [index, { trust }] of issuers.entries()) await follow(`issuer-${index}`, trust, [issuers[1 - index]!]);
  for (const node of ["a", "b"]) await follow(node, lab.identityFolder(node, "vertex"), issuers);
});

afterAll(async () => {
  for (const child of followers) child.kill("SIGKILL");
  for (const issuer of issuers ?? []) issuer[Symbol.dispose]();
  await lab?.down();
});

/** Its trust folder is an identity folder, by which its machine follows the other issuer. */
async function makeIssuer(name: string): Promise<IssuerProcess> {
  const issuer = await IssuerProcess.make(lab, name, "1h");
  openCa(lab.caFolder).issueInto(issuer.trust, { kind: "service", name: `issuer-${name}` });
  return issuer;
}

async function follow(name: string, folder: string, of: readonly IssuerProcess[]): Promise<void> {
  followers.push(await startFlor(lab, "identity", "follow", "--config", keepConfig(name, [folder], of)));
}

/** The config of a node's renewals, for `follow` and `keep`. Nobody listens at the control socket. */
function keepConfig(name: string, folders: readonly string[], of: readonly IssuerProcess[]): string {
  const config = join(lab.folder, `keep-${name}.yaml`);
  const identities = folders.map((folder) => ({ folder, control: join(lab.folder, "nobody.sock") }));
  writeFileSync(config, JSON.stringify({ cluster: "two", issuer: of.map(({ address }) => address), identities }));
  return config;
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
    writeIdentity(folder, livingFrom(north.ca, `user/${name}`, HOUR_MS, Date.now() - 0.8 * HOUR_MS));
    return folder;
  }) as [string, string];
  north.ca.revoke([{ principal: { cluster: "two", kind: "user", name: "gone" } }]);
  await expect.poll(() => south.takenLists(), PATIENCE).toContain(north.ca.revocationListPem!);
  await north.kill();
  const { stdout, stderr } = await flor("identity", "keep", "--config", keepConfig("due", [good, gone], issuers));
  expect(stdout).toContain("user/good: renewed");
  expect(stderr).toMatch(/user\/gone is not renewed: .*\[ERR_ISSUER_REVOKED\]/);
  expect(south.ca.record.certificatesOf("spiffe://two/user/good")).toHaveLength(1);
  // A node that follows hears from the one that is there, and from the other one when it is back.
  const took = await revoke(south.ca, "trudy", await listsInForce("a"));
  expect(took).toBeLessThan(IN_FORCE_MS);
  await north.start();
});

test("an issuer that is captured is revoked by one command: what it has issued ends at all nodes within ten seconds", async () => {
  const [, south] = issuers;
  // The root has made the CA of the first issuer first; the identity of vertex/b is of that CA.
  const [captured] = [...openCa(lab.caFolder).record.certificates.values()].filter(
    ({ principal }) => principal === "spiffe://two",
  );
  const before = await listsInForce("a");
  const options = ["--serial", captured!.serial, "--reason", "key-compromise", "--ca", lab.caFolder];
  const { code, stderr } = await flor("ca", "revoke", ...options);
  expect(code, stderr).toBe(0);
  // The captured issuer goes on, and tells nobody of it: the other one has the list.
  const at = performance.now();
  const file = join(south.trust, "crl.pem");
  writeFileSync(file, `${readFileSync(file, "utf8")}\n${readFileSync(join(lab.caFolder, "crl.pem"), "utf8")}`);
  for (const node of ["a", "b"]) await expect.poll(() => listsInForce(node), PATIENCE).toBe(before + 1);
  const tookMs = performance.now() - at;
  process.stderr.write(`the list that names an issuer's CA is in force at both nodes after ${Math.round(tookMs)} ms\n`);
  expect(tookMs).toBeLessThan(IN_FORCE_MS);
  const linkOfA = async () => (await lab.status("a")).clusterFlor!.links[0];
  await expect.poll(linkOfA, PATIENCE).not.toMatchObject({ state: "up" });
});
