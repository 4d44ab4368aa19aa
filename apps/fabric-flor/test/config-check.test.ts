import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify, createPublicKey } from "node:crypto";
import { readFact, writeRecordText } from "@florenetes/facts";
import { createKeyFolder, createPublicKeyFolder, proposeRecord } from "@florenetes/facts/authoring";
import { afterAll, beforeEach, expect, test } from "vitest";
import { checkFabricFlor } from "../src/config/check.ts";
import { parseFabricConfig } from "../src/config/fabric-config-file.ts";
import { openNodeKey } from "../src/config/node-key.ts";
import { openSignerKey } from "../src/config/signer-key.ts";
import { demoConfig } from "./demo-config.ts";
import { DAY, DemoCluster } from "./demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const root = mkdtempSync(join(tmpdir(), "florenetes-fabric-check-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const cluster = new DemoCluster(NOW - DAY);
const trial = new DemoCluster(NOW - DAY, "development");
// To seal takes half a second.
const sealed = join(root, "sealed");
createKeyFolder(sealed, "log-a", "words of ours");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t"));
  mkdirSync(join(folder, "run"));
  mkdirSync(join(folder, "cluster"));
  writeFileSync(join(folder, "root.fact"), writeRecordText(cluster.root));
  writeFileSync(join(folder, "trial.fact"), writeRecordText(trial.root));
  writeFileSync(join(folder, "text.fact"), "no record\n");
  openNodeKey(join(folder, "state"));
  openNodeKey(join(folder, "open"));
  chmodSync(join(folder, "open", "node-key.pem"), 0o640);
  for (const [name, text] of [
    ["broken", "-----BEGIN PRIVATE KEY-----\n"],
    ["large", "x".repeat(10_000)],
  ]) {
    mkdirSync(join(folder, name!));
    writeFileSync(join(folder, name!, "node-key.pem"), text!, { mode: 0o600 });
  }
  createKeyFolder(join(folder, "signer"), "log-a");
  mkdirSync(join(folder, "lost"));
  writeFileSync(join(folder, "lost", "tokens.json"), "{");
  createPublicKeyFolder(join(folder, "token"), { name: "log-a", key: "0a".repeat(32) });
  writeFileSync(join(folder, "words"), "words of ours\n", { mode: 0o600 });
  writeFileSync(join(folder, "read-words"), "words of ours\n", { mode: 0o644 });
  cpSync(sealed, join(folder, "sealed"), { recursive: true });
});

const good = (): string => demoConfig(cluster.fingerprint);

interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
  readonly notes?: number;
}

const stores = (store: string) => ({ from: "root-file", to: `store: ${store}\nroot-file` });
const signs = (signer: string) => ({ from: "root-file", to: `signer: ${signer}\nroot-file` });

test.each<Case>([
  { what: "all is well", from: "", to: "" },
  { what: "no state yet", from: ": state", to: ": other" },
  { what: "no root file", from: "root-file: root.fact\n", to: "" },
  { what: "a file as state", from: ": state", to: ": root.fact", problems: ["ERR_STATE_DIRECTORY"] },
  { what: "a key that others may read", from: ": state", to: ": open", problems: ["ERR_FABRIC_KEY"] },
  { what: "a broken key", from: ": state", to: ": broken", problems: ["ERR_FABRIC_KEY"] },
  { what: "a huge key", from: ": state", to: ": large", problems: ["ERR_FABRIC_KEY"] },
  { what: "no directory", from: "run/agent", to: "no/a", problems: ["ERR_SOCKET_DIRECTORY_MISSING"] },
  { what: "no cluster vertex", from: "cluster/f", to: "no/f", warnings: ["ERR_SOCKET_DIRECTORY_MISSING"] },
  { what: "a root file that is missing", from: "root.fact", to: "no.fact", warnings: ["ERR_FABRIC_ROOT_FILE"] },
  { what: "a root file of words", from: "root.fact", to: "text.fact", warnings: ["ERR_FABRIC_ROOT_FILE"] },
  { what: "a folder as root file", from: "root.fact", to: "run", warnings: ["ERR_FABRIC_ROOT_FILE"] },
  { what: "another root than the pinned one", from: "root.fact", to: "trial.fact", warnings: ["ERR_FABRIC_ROOT"] },
  { what: "another cluster", from: "demo", to: "prod", warnings: ["ERR_FABRIC_ROOT"] },
  { what: "a signer", ...signs("{ key: signer }") },
  { what: "a signer that is sealed", ...signs("{ key: sealed, passphrase-file: words }") },
  { what: "a signer whose key a command has", ...signs("{ key: token, command: no-such-command }") },
  { what: "a signer that lets in nodes", ...signs("{ key: signer, rules: [renew, tokens] }") },
  {
    what: "a signer that does not know any more whom it has let in",
    from: ": state",
    to: ": lost\nsigner: { key: signer, rules: [tokens] }",
    warnings: ["ERR_FABRIC_TOKEN_USES"],
  },
  { what: "no signer's folder", ...signs("{ key: no }"), problems: ["ERR_IDENTITY_FILE_MISSING"] },
  { what: "a signer without its key", ...signs("{ key: token }"), problems: ["ERR_FABRIC_KEY_FOLDER"] },
  { what: "a sealed signer alone", ...signs("{ key: sealed }"), problems: ["ERR_FABRIC_KEY_SEALED"] },
  {
    what: "a passphrase that others may read",
    ...signs("{ key: sealed, passphrase-file: read-words }"),
    problems: ["ERR_FABRIC_PASSPHRASE_FILE"],
  },
  { what: "a file of SQLite", ...stores("sqlite") },
  { what: "an etcd", ...stores("{ etcd: ['https://192.0.2.1:2379'], ca: words, cert: words, key: words }") },
  {
    what: "a key of etcd that others may read",
    ...stores("{ etcd: ['https://192.0.2.1:2379'], ca: words, cert: words, key: read-words }"),
    problems: ["ERR_IDENTITY_KEY_EXPOSED"],
  },
  {
    what: "no certificate for etcd",
    ...stores("{ etcd: ['https://192.0.2.1:2379'], ca: no, cert: words, key: words }"),
    problems: ["ERR_IDENTITY_FILE_MISSING"],
  },
  { what: "a node for trials", from: "root-file", to: "development: true\nroot-file", notes: 1 },
])("with $what, check finds $problems, and warns of $warnings", async ({ from, to, ...expected }) => {
  const config = parseFabricConfig(good().replace(from, to), join(folder, "fabric.yaml"));
  const report = await checkFabricFlor(config, NOW);
  const codesOf = (errors: readonly Error[]): unknown[] => errors.map((error) => (error as { code?: unknown }).code);
  expect(codesOf(report.problems)).toEqual(expected.problems ?? []);
  expect(codesOf(report.warnings)).toEqual(expected.warnings ?? []);
  expect(report.partProblems).toEqual([]);
  expect(report.notes).toHaveLength(expected.notes ?? 0);
});

test("a root for development is refused with the word that lets it in, and then let in", async () => {
  const text = good().replace(cluster.fingerprint, trial.fingerprint).replace("root.fact", "trial.fact");
  const warningsOf = async (text: string) =>
    (await checkFabricFlor(parseFabricConfig(text, join(folder, "fabric.yaml")), NOW)).warnings;
  expect(await warningsOf(text)).toMatchObject([
    { code: "ERR_FABRIC_ROOT", advice: expect.stringContaining("development: true") },
  ]);
  expect(await warningsOf(`${text}development: true\n`)).toEqual([]);
});

test("the node's key is made once, for its owner alone, and its public half lies beside it", () => {
  const state = join(folder, "new", "state");
  const made = openNodeKey(state);
  expect(statSync(join(state, "node-key.pem")).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(state, "node-key.pub"), "utf8")).toBe(`${made.key}\n`);
  const again = openNodeKey(state);
  expect(again.key).toBe(made.key);
  const x = Buffer.from(made.key, "hex").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  expect(verify(null, Buffer.from("octets"), publicKey, again.sign(Buffer.from("octets")))).toBe(true);
});

test("a key of another kind is refused", async () => {
  const { generateKeyPairSync } = await import("node:crypto");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(join(folder, "state", "node-key.pem"), pem);
  expect(() => openNodeKey(join(folder, "state"))).toThrow(
    expect.objectContaining({ code: "ERR_FABRIC_KEY", message: expect.stringContaining("Ed25519") }),
  );
});

test("a key in a state folder that is a link to another is taken from there", () => {
  symlinkSync(join(folder, "state"), join(folder, "link"));
  expect(openNodeKey(join(folder, "link")).key).toBe(openNodeKey(join(folder, "state")).key);
});

test("a signer's key signs a record of a slot and epoch, and never another one, whether its folder or a command has it", async () => {
  const proposal = (name: string) =>
    proposeRecord({ kind: "service", cluster: "demo", subject: "web", now: NOW, body: serviceOn(name) });
  const made = openSignerKey({
    key: join(folder, "sealed"),
    passphraseFile: join(folder, "words"),
    command: undefined,
    rules: [],
  });
  const signed = await made.sign(proposal("a"));
  expect(readFact(signed, "demo")).toMatchObject({ envelope: { signatures: [{ keyId: made.keyId }] } });
  await expect(made.sign(proposal("b"))).rejects.toMatchObject({ code: "ERR_FABRIC_SIGNED_OTHER" });
  const token = openSignerKey({ key: join(folder, "token"), passphraseFile: undefined, command: "exit 3", rules: [] });
  await expect(token.sign(proposal("a"))).rejects.toMatchObject({ code: "ERR_FABRIC_SIGNER" });
});

function serviceOn(node: string) {
  return { aliases: [], mode: "active-active" as const, classes: [], hosts: [{ node, priority: 1, weight: 1 }] };
}
