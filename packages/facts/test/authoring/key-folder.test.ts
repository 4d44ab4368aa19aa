import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  addSignature,
  addSignatures,
  attachSignature,
  signedOctetsOf,
} from "../../src/authoring/collected-signatures.ts";
import {
  createKeyFolder,
  createPublicKeyFolder,
  isKeyFolderSealed,
  KEY_FILES,
  openKeyFolder,
  openPublicKeyFolder,
  readPublicKeyFile,
} from "../../src/authoring/drivers/key-folder.ts";
import { proposeRecord, requireRecord } from "../../src/authoring/proposal.ts";
import { makeSigningKey } from "../../src/authoring/signing-key.ts";
import { writeRecordText } from "../../src/envelope.ts";
import { isSignedBy } from "../../src/keys.ts";
import { SignedList } from "../../src/authoring/signed-list.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-keys-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const now = Date.now();
const at = (...names: readonly string[]): string => join(base, ...names);
const policy = (epoch: number, hold = 60, cluster = "demo"): Buffer =>
  proposeRecord({ cluster, kind: "policy", subject: "cluster", body: { hold }, now, epoch });
const codeOf = (action: () => unknown): unknown => {
  try {
    return void action();
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

test("a key folder is for its owner, and what is mailed is a line", () => {
  const { publicKey } = createKeyFolder(at("alice"), "alice");
  expect(readdirSync(at("alice")).toSorted()).toEqual(Object.values(KEY_FILES).toSorted());
  expect(statSync(at("alice")).mode & 0o777).toBe(0o700);
  for (const name of [KEY_FILES.key, KEY_FILES.signed]) expect(statSync(at("alice", name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(at("alice", KEY_FILES.publicKey), "utf8")).toBe(`ed25519 ${publicKey.key} alice\n`);
  expect(readPublicKeyFile(at("alice", KEY_FILES.publicKey))).toEqual(publicKey);
  expect(codeOf(() => createKeyFolder(at("alice"), "alice"))).toBe("ERR_IDENTITY_FOLDER_IN_USE");
  expect(codeOf(() => createKeyFolder(at("evil"), "../evil"))).toBe("ERR_FABRIC_PUBLIC_KEY");
});

test("a key signs documents in JSON, too, and their signatures are never those of a record", async () => {
  const folder = createKeyFolder(at("documents"), "dora");
  const document = Buffer.from('{"_type":"targets"}');
  const signature = folder.signDocument(document);
  expect(isSignedBy(folder.publicKey.key, document, signature)).toBe(true);
  expect(await folder.signDocumentBy(document, () => signature)).toBe(signature);
  const fact = requireRecord(policy(1));
  for (const octets of [policy(1), signedOctetsOf(fact), Buffer.from(writeRecordText(policy(1))), Buffer.of()]) {
    expect(() => folder.signDocument(octets)).toThrow(RangeError);
    await expect(folder.signDocumentBy(octets, () => signature)).rejects.toThrow(RangeError);
  }
  expect(codeOf(() => attachSignature(policy(1), folder.publicKey.key, signature))).toBe("ERR_FABRIC_SIGNATURES");
  await expect(folder.signDocumentBy(document, () => Buffer.alloc(64))).rejects.toMatchObject({
    code: "ERR_FABRIC_SIGNATURES",
  });
  createPublicKeyFolder(at("elsewhere"), folder.publicKey);
  expect(codeOf(() => openPublicKeyFolder(at("elsewhere")).signDocument(document))).toBe("ERR_FABRIC_KEY_FOLDER");
  // The list of records that were signed knows nothing of it.
  expect(readFileSync(at("documents", KEY_FILES.signed), "utf8")).toBe("");
});

test("a sealed key opens by its passphrase alone, and signs as it did", () => {
  createKeyFolder(at("sealed"), "bob", "correct horse");
  expect(isKeyFolderSealed(at("sealed"))).toBe(true);
  expect(readFileSync(at("sealed", KEY_FILES.key), "utf8")).not.toContain("PRIVATE KEY");
  expect(codeOf(() => openKeyFolder(at("sealed")))).toBe("ERR_FABRIC_KEY_SEALED");
  expect(codeOf(() => openKeyFolder(at("sealed"), "battery"))).toBe("ERR_IDENTITY_PASSPHRASE_WRONG");
  const signed = openKeyFolder(at("sealed"), "correct horse").sign(policy(1));
  expect(requireRecord(signed).envelope.signatures).toHaveLength(1);
});

test("a key that others may read, another algorithm's and nobody's are refused", () => {
  createKeyFolder(at("broken"), "carol");
  const path = at("broken", KEY_FILES.key);
  const pem = readFileSync(path);
  chmodSync(path, 0o640);
  expect(codeOf(() => openKeyFolder(at("broken")))).toBe("ERR_IDENTITY_KEY_EXPOSED");
  chmodSync(path, 0o600);
  const rsa = spawnSync("openssl", ["genpkey", "-algorithm", "X25519"], { encoding: "utf8" }).stdout;
  for (const text of [rsa, "", pem.subarray(0, 40), readFileSync(at("alice", KEY_FILES.key))]) {
    writeFileSync(path, text);
    expect(codeOf(() => openKeyFolder(at("broken")))).toBe("ERR_FABRIC_KEY_FOLDER");
  }
  rmSync(path);
  expect(codeOf(() => openKeyFolder(at("broken")))).toBe("ERR_FABRIC_KEY_FOLDER");
});

test("a key never signs two records of one epoch, nor one below its highest, also after it was opened again", () => {
  createKeyFolder(at("dora"), "dora");
  const sign = (octets: Uint8Array): unknown => codeOf(() => openKeyFolder(at("dora")).sign(octets));
  expect(sign(policy(5))).toBeUndefined();
  expect(sign(policy(5))).toBeUndefined();
  expect(sign(policy(5, 61))).toBe("ERR_FABRIC_SIGNED_OTHER");
  expect(sign(policy(4))).toBe("ERR_FABRIC_SIGNED_OTHER");
  expect(sign(policy(4, 60, "other"))).toBeUndefined();
  expect(sign(policy(6, 61))).toBeUndefined();
  expect(sign(policy(5))).toBe("ERR_FABRIC_SIGNED_OTHER");
});

test("of two rivals that are signed at a time, one gets its signature", async () => {
  const signer = makeSigningKey("frank");
  const held = createPublicKeyFolder(at("rivals"), signer);
  const first = await held
    .signBy(policy(1, 1), async (octets) => {
      await held.signBy(policy(1, 2), (rival) => signer.sign(rival));
      return signer.sign(octets);
    })
    .catch((error: unknown) => (error as { code: string }).code);
  expect(first).toBe("ERR_FABRIC_SIGNED_OTHER");
});

test.each([
  ["damaged", (path: string) => writeFileSync(path, '{"slot":"demo policy'), "ERR_FABRIC_SIGNED_LIST"],
  [
    "of another form",
    (path: string) => writeFileSync(path, '{"slot":"a","epoch":"7","id":"b"}\n'),
    "ERR_FABRIC_SIGNED_LIST",
  ],
  ["lost", (path: string) => rmSync(path), "ERR_IDENTITY_FILE_MISSING"],
])("a key whose list of what it signed is %s signs nothing", (name, harm, code) => {
  const folder = createKeyFolder(at(`list-${name.replaceAll(" ", "-")}`), "erin");
  harm(join(folder.folder, KEY_FILES.signed));
  expect(codeOf(() => folder.sign(policy(1)))).toBe(code);
});

test("the list lets through only what contradicts nothing that it let through before", () => {
  const asked = fc.record({ epoch: fc.integer({ min: 1, max: 5 }), hold: fc.integer({ min: 0, max: 2 }) });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 20 }), (wishes) => {
      let list = new SignedList();
      const signed: { epoch: number; id: string }[] = [];
      for (const { epoch, hold } of wishes) {
        const fact = requireRecord(policy(epoch, hold));
        const isFree = signed.every((each) => each.epoch < epoch || each.id === fact.id);
        const isHighest = signed.every((each) => each.epoch <= epoch);
        expect(codeOf(() => list.take(fact))).toBe(isFree && isHighest ? undefined : "ERR_FABRIC_SIGNED_OTHER");
        if (isFree && isHighest) signed.push({ epoch, id: fact.id });
        list = SignedList.parse(list.format());
      }
    }),
  );
});

test("a key signs a record once, and a record has room for sixteen", () => {
  const keys = Array.from({ length: 17 }, (_, index) => makeSigningKey(`k${index}`));
  expect(codeOf(() => addSignatures(policy(1), [keys[0]!, keys[0]!]))).toBe("ERR_FABRIC_SIGNED_ALREADY");
  const full = addSignatures(policy(1), keys.slice(0, 16));
  expect(codeOf(() => addSignature(full, keys[16]!))).toBe("ERR_FABRIC_SIGNATURES");
  expect(codeOf(() => addSignature(Buffer.from("no record"), keys[0]!))).toBe("ERR_FABRIC_RECORD");
});
