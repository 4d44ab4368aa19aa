import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  CA_FILES,
  type CertificateAuthority,
  createCa,
  isCaSealed,
  openCa,
  readCaStatus,
  sealCa,
} from "../src/authority/ca/drivers/ca-folder.ts";
import { readRootsFile } from "../src/authority/ca/drivers/roots-file.ts";
import { inspectPath } from "../src/authority/inspection/drivers/inspect-path.ts";
import { verifyPeer } from "../src/peer.ts";
import { readCertificatePem } from "../src/certificates/pem.ts";
import { now } from "./certificates.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-ca-seal-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const throwing = (code: string): unknown => expect.objectContaining({ code });

describe("a sealed CA", () => {
  const folder = join(base, "sealed");
  let opened: CertificateAuthority | undefined;
  const key = (): string => readFileSync(join(folder, CA_FILES.key), "utf8");

  test("opens by its passphrase only, and is then a CA like any other", () => {
    const ca = createCa(folder, { cluster: "demo", passphrase: "correct horse" }, now);
    expect(key()).not.toContain("PRIVATE");
    expect(statSync(join(folder, CA_FILES.key)).mode & 0o777).toBe(0o600);
    expect(isCaSealed(folder)).toBe(true);
    expect(() => openCa(folder)).toThrow(throwing("ERR_IDENTITY_CA_SEALED"));
    expect(() => openCa(folder, "wrong horse")).toThrow(throwing("ERR_IDENTITY_PASSPHRASE_WRONG"));
    opened = openCa(folder, "correct horse");
    expect(opened.authority).toEqual(ca.authority);
    expect(opened.issue({ kind: "user", name: "alice" }, now).principal.name).toBe("alice");
  });

  test("tells what it did without its passphrase", () => {
    expect(readCaStatus(folder)).toMatchObject({ cluster: "demo", key: "sealed", isListThere: false });
    expect(inspectPath(folder, now)).toMatchObject({ kind: "ca", problems: [] });
  });

  test("is sealed anew in one step", () => {
    sealCa(opened!, "battery staple");
    expect(openCa(folder, "battery staple").authority.cluster).toBe("demo");
    expect(readdirSync(folder).toSorted()).toEqual([".gitignore", "ca-key.pem", "ca.pem", "record.jsonl"]);
  });

  test("that is damaged says so, whatever the passphrase", () => {
    writeFileSync(join(folder, CA_FILES.key), key().replace(/[\w+/](?==*\n-----END)/, "!"));
    expect(() => openCa(folder, "battery staple")).toThrow(throwing("ERR_IDENTITY_SEAL_BROKEN"));
  });

  test("has a passphrase", () => {
    const empty = { cluster: "demo", passphrase: "" };
    expect(() => createCa(join(base, "empty"), empty, now)).toThrow(throwing("ERR_IDENTITY_PASSPHRASE"));
    expect(readdirSync(base)).not.toContain("empty");
  });
});

describe("a root that follows another", () => {
  const [older, newer, foreign] = [
    createCa(join(base, "older"), { cluster: "demo" }, now),
    createCa(join(base, "newer"), { cluster: "demo", algorithm: "ed25519" }, now),
    createCa(join(base, "foreign"), { cluster: "elsewhere" }, now),
  ];
  const rootOf = (ca: { readonly folder: string }): string => readRootsFile(join(ca.folder, CA_FILES.certificate));

  test("is trusted by what the older one issues, and the other way round", () => {
    const a = older.issue({ kind: "vertex", name: "a", otherRoots: [rootOf(newer), rootOf(newer)] }, now);
    const b = newer.issue({ kind: "vertex", name: "b", otherRoots: [rootOf(older), rootOf(newer)] }, now);
    expect(readCertificatePem(a.trustBundlePem)).toEqual(readCertificatePem(rootOf(older) + rootOf(newer)));
    expect(readCertificatePem(b.trustBundlePem)).toEqual(readCertificatePem(rootOf(newer) + rootOf(older)));
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const chain = readCertificatePem(peer.certificateChainPem);
      const expected = { trustBundlePem: self.trustBundlePem, cluster: "demo", kinds: ["vertex"] } as const;
      expect(verifyPeer(chain, expected, now).principal).toEqual(peer.principal);
    }
  });

  test.each([
    ["a root of another cluster", () => rootOf(foreign), "ERR_IDENTITY_TRUST_CLUSTER"],
    ["a leaf", () => older.issue({ kind: "user", name: "x" }, now).certificateChainPem, "ERR_IDENTITY_TRUST_NOT_ROOT"],
    ["something else", () => "x", "ERR_IDENTITY_PEM_BROKEN"],
  ])("is not %s", (_, root, code) => {
    expect(() => older.issue({ kind: "vertex", name: "a", otherRoots: [root()] }, now)).toThrow(throwing(code));
  });
});
