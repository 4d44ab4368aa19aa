import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuedIdentity, issueIdentity, makeAuthority } from "../src/authority/ca/authority.ts";
import { CA_FILES, createCa, openCa } from "../src/authority/ca/drivers/ca-folder.ts";
import { loadCredentials, writeIdentity } from "../src/drivers/identity-folder.ts";
import { inspectPath } from "../src/authority/inspection/drivers/inspect-path.ts";
import { IdentityError } from "../src/errors.ts";
import { now } from "./certificates.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-identity-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const authority = makeAuthority({ cluster: "demo" }, now);
const alice = issueIdentity(authority, { kind: "user", name: "alice" }, now);
const web = issueIdentity(authority, { kind: "service", name: "web" }, now);
const foreign = issueIdentity(makeAuthority({ cluster: "elsewhere" }, now), { kind: "user", name: "alice" }, now);
const later = new Date("2036-01-01T00:00:00Z");

let count = 0;
let folder = "";
beforeEach(() => {
  folder = join(base, `folder-${count++}`);
});

/** The code and the file of the problem, or nothing. */
function problemOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    expect(error.advice).not.toBe("");
    return `${error.code} ${error.where?.file.slice(folder.length + 1) ?? ""}`;
  }
  return undefined;
}

describe("an identity folder", () => {
  test("comes back as it was written, with safe modes", () => {
    writeIdentity(folder, alice);
    const { serial: _, isShortened: __, ...expected } = alice;
    expect(loadCredentials(folder, {}, now)).toEqual(expected);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "key.pem")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(["chain.pem", "key.pem", "trust.pem"]);
  });

  const put = (name: string, text: string | Uint8Array) => (): void => writeFileSync(join(folder, name), text);
  const mode = (bits: number) => (): void => chmodSync(join(folder, "key.pem"), bits);
  const otherKey = generateKeyPairSync("ed25519");
  const ed25519Key = otherKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const publicKey = otherKey.publicKey.export({ type: "spki", format: "pem" }).toString();
  const lock = { cipher: "aes-128-cbc", passphrase: "secret" } as const;
  const lockedKey = otherKey.privateKey.export({ type: "pkcs8", format: "pem", ...lock }).toString();
  const half = alice.certificateChainPem.slice(0, 200);
  const bitten = alice.certificateChainPem.replace(/\n[A-Za-z0-9+/]{64}/, "");
  const damages: readonly [string, () => void, string][] = [
    ["without a key", () => rmSync(join(folder, "key.pem")), "ERR_IDENTITY_FILE_MISSING key.pem"],
    ["without a chain", () => rmSync(join(folder, "chain.pem")), "ERR_IDENTITY_FILE_MISSING chain.pem"],
    ["without trust", () => rmSync(join(folder, "trust.pem")), "ERR_IDENTITY_FILE_MISSING trust.pem"],
    ["whose key the group reads", mode(0o640), "ERR_IDENTITY_KEY_EXPOSED key.pem"],
    ["whose key everybody reads", mode(0o604), "ERR_IDENTITY_KEY_EXPOSED key.pem"],
    ["whose key others write", mode(0o602), "ERR_IDENTITY_KEY_EXPOSED key.pem"],
    ["that everybody writes", () => chmodSync(folder, 0o703), "ERR_IDENTITY_FOLDER_EXPOSED "],
    ["whose key is empty", put("key.pem", ""), "ERR_IDENTITY_KEY_BROKEN key.pem"],
    ["whose key is a certificate", put("key.pem", alice.certificateChainPem), "ERR_IDENTITY_KEY_BROKEN key.pem"],
    ["whose key is another's", put("key.pem", web.privateKeyPem), "ERR_IDENTITY_KEY_MISMATCH key.pem"],
    ["whose key is of another algorithm", put("key.pem", ed25519Key), "ERR_IDENTITY_KEY_MISMATCH key.pem"],
    ["whose key is locked", put("key.pem", lockedKey), "ERR_IDENTITY_KEY_BROKEN key.pem"],
    ["whose key is a public key", put("key.pem", publicKey), "ERR_IDENTITY_KEY_BROKEN key.pem"],
    ["whose chain is another's", put("chain.pem", web.certificateChainPem), "ERR_IDENTITY_KEY_MISMATCH key.pem"],
    ["whose chain is empty", put("chain.pem", ""), "ERR_IDENTITY_PEM_BROKEN chain.pem"],
    ["whose chain is cut off", put("chain.pem", half), "ERR_IDENTITY_PEM_BROKEN chain.pem"],
    ["whose chain lost a line", put("chain.pem", bitten), "ERR_IDENTITY_CERTIFICATE_BROKEN chain.pem"],
    ["whose chain is a key", put("chain.pem", alice.privateKeyPem), "ERR_IDENTITY_PEM_BROKEN chain.pem"],
    ["whose trust is empty", put("trust.pem", "nothing"), "ERR_IDENTITY_PEM_BROKEN trust.pem"],
    [
      "whose trust is of another cluster",
      put("trust.pem", foreign.trustBundlePem),
      "ERR_IDENTITY_TRUST_CLUSTER trust.pem",
    ],
    ["whose trust is a leaf", put("trust.pem", alice.certificateChainPem), "ERR_IDENTITY_TRUST_NOT_ROOT trust.pem"],
    ["whose chain is huge", put("chain.pem", "x".repeat(2_000_000)), "ERR_IDENTITY_FILE_UNREADABLE chain.pem"],
  ];

  test.each(damages)("%s is refused", (_, damage, expected) => {
    writeIdentity(folder, alice);
    damage();
    expect(problemOf(() => loadCredentials(folder, {}, now))).toBe(expected);
    const { problems } = inspectPath(folder, now);
    expect(problems.map(({ code, where }) => `${code} ${where?.file.slice(folder.length + 1) ?? ""}`)).toContain(
      expected,
    );
  });

  test("whose key is of another algorithm is refused, and the next folder is not", () => {
    const { privateKeyPem } = issueIdentity(authority, { kind: "user", name: "alice", algorithm: "ed25519" }, now);
    writeIdentity(folder, { ...alice, privateKeyPem });
    writeIdentity(join(folder, "next-one"), web);
    expect(problemOf(() => loadCredentials(folder, {}, now))).toBe("ERR_IDENTITY_KEY_MISMATCH key.pem");
    expect(problemOf(() => loadCredentials(join(folder, "next-one"), {}, now))).toBeUndefined();
  });

  test.each([0o750, 0o775, 0o1777])("with mode %o is in order: nobody else replaces its files", (bits) => {
    writeIdentity(folder, alice);
    chmodSync(folder, bits);
    expect(loadCredentials(folder, {}, now).principal).toEqual(alice.principal);
    expect(inspectPath(folder, now).problems).toEqual([]);
  });

  test("with a folder in a file's place is refused", () => {
    mkdirSync(join(folder, "key.pem"), { recursive: true, mode: 0o700 });
    expect(problemOf(() => loadCredentials(folder))).toBe("ERR_IDENTITY_FILE_UNREADABLE key.pem");
  });

  test("that is not there is refused", () => {
    expect(problemOf(() => loadCredentials(folder))).toBe("ERR_IDENTITY_FILE_MISSING key.pem");
    expect(problemOf(() => inspectPath(folder))).toBe("ERR_IDENTITY_FILE_MISSING ");
  });

  test("out of its time is refused, with both times", () => {
    writeIdentity(folder, alice);
    expect(problemOf(() => loadCredentials(folder, {}, later))).toBe("ERR_IDENTITY_EXPIRED chain.pem");
    expect(problemOf(() => loadCredentials(folder, {}, new Date(0)))).toBe("ERR_IDENTITY_NOT_YET_VALID chain.pem");
    expect(() => loadCredentials(folder, {}, later)).toThrow(/valid until 2026-08-30T12.*here it is 2036-01-01T00/);
  });

  test("of another principal than expected is refused", () => {
    writeIdentity(folder, alice);
    expect(problemOf(() => loadCredentials(folder, { cluster: "prod" }, now))).toBe(
      "ERR_IDENTITY_WRONG_CLUSTER chain.pem",
    );
    expect(problemOf(() => loadCredentials(folder, { kinds: ["vertex"] }, now))).toBe(
      "ERR_IDENTITY_WRONG_KIND chain.pem",
    );
    expect(problemOf(() => loadCredentials(folder, { name: "bob" }, now))).toBe("ERR_IDENTITY_WRONG_NAME chain.pem");
    const { principal } = loadCredentials(folder, { cluster: "demo", kinds: ["user", "service"], name: "alice" }, now);
    expect(principal).toEqual({ cluster: "demo", kind: "user", name: "alice" });
  });
});

describe("writing an identity", () => {
  test("makes the folders above it, and takes an empty folder", () => {
    folder = join(folder, "deep/down");
    mkdirSync(folder, { recursive: true });
    writeIdentity(folder, alice);
    expect(loadCredentials(folder, {}, now).fingerprint).toBe(alice.fingerprint);
  });

  test("writes over nothing, and leaves nothing behind when it fails", () => {
    writeIdentity(join(folder, "alice"), alice);
    writeFileSync(join(folder, "file"), "");
    expect(problemOf(() => writeIdentity(join(folder, "alice"), web))).toBe("ERR_IDENTITY_FOLDER_IN_USE alice");
    expect(problemOf(() => writeIdentity(join(folder, "file"), web))).toBe("ERR_IDENTITY_FOLDER_IN_USE file");
    expect(problemOf(() => writeIdentity(join(folder, "file/below"), web))).toBe(
      "ERR_IDENTITY_WRITE_FAILED file/below",
    );
    expect(loadCredentials(join(folder, "alice"), {}, now).fingerprint).toBe(alice.fingerprint);
    expect(readdirSync(folder).toSorted()).toEqual(["alice", "file"]);
  });
});

describe("a CA folder", () => {
  const recordsOf = (): Record<string, unknown>[] =>
    readFileSync(join(folder, CA_FILES.record), "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("issues, and records what it issued", () => {
    createCa(folder, { cluster: "demo" }, now);
    const ca = openCa(folder);
    const issued: IssuedIdentity[] = [];
    for (const name of ["a", "b", "c"])
      issued.push(ca.issueInto(join(folder, "out", name), { kind: "vertex", name }, now));
    expect(
      loadCredentials(join(folder, "out/b"), { cluster: "demo", kinds: ["vertex"], name: "b" }, now),
    ).toMatchObject({
      fingerprint: issued[1]!.fingerprint,
    });
    expect(recordsOf()).toEqual(
      issued.map(({ serial, fingerprint, notBefore, notAfter, principal }) => ({
        kind: "issued",
        at: now.toISOString(),
        principal: `spiffe://demo/vertex/${principal.name}`,
        serial,
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
        fingerprint,
        keyHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      })),
    );
    expect(statSync(join(folder, CA_FILES.key)).mode & 0o777).toBe(0o600);
  });

  test("whose record was cut off by a crash keeps every whole line", () => {
    const ca = createCa(folder, { cluster: "demo" }, now);
    ca.issue({ kind: "user", name: "alice" }, now);
    writeFileSync(join(folder, CA_FILES.record), '{"at":"2026-0', { flag: "a" });
    openCa(folder).issue({ kind: "user", name: "bob" }, now);
    expect(recordsOf().map(({ principal }) => principal)).toEqual([
      "spiffe://demo/user/alice",
      "spiffe://demo/user/bob",
    ]);
  });

  test("that cannot record hands nothing out", () => {
    const ca = createCa(folder, { cluster: "demo" }, now);
    rmSync(join(folder, CA_FILES.record));
    mkdirSync(join(folder, CA_FILES.record));
    const out = join(folder, "out");
    expect(problemOf(() => ca.issueInto(out, { kind: "user", name: "alice" }, now))).toBe(
      "ERR_IDENTITY_FILE_UNREADABLE record.jsonl",
    );
    expect(readdirSync(folder)).not.toContain("out");
  });

  test("records nothing that it cannot write", () => {
    const ca = createCa(folder, { cluster: "demo" }, now);
    mkdirSync(join(folder, "out/full"), { recursive: true });
    const problem = problemOf(() => ca.issueInto(join(folder, "out"), { kind: "user", name: "alice" }, now));
    expect(problem).toBe("ERR_IDENTITY_FOLDER_IN_USE out");
    expect(recordsOf()).toEqual([]);
  });

  test("is never written over", () => {
    createCa(folder, { cluster: "demo" }, now);
    const before = readFileSync(join(folder, CA_FILES.key), "utf8");
    expect(problemOf(() => createCa(folder, { cluster: "demo" }, now))).toBe("ERR_IDENTITY_FOLDER_IN_USE ");
    expect(readFileSync(join(folder, CA_FILES.key), "utf8")).toBe(before);
  });

  const put = (name: string, text: string | Uint8Array) => (): void => writeFileSync(join(folder, name), text);
  const damages: readonly [string, () => void, string][] = [
    [
      "whose key others read",
      () => chmodSync(join(folder, "ca-key.pem"), 0o644),
      "ERR_IDENTITY_KEY_EXPOSED ca-key.pem",
    ],
    ["whose key is not the certificate's", put("ca-key.pem", alice.privateKeyPem), "ERR_IDENTITY_KEY_MISMATCH ca.pem"],
    ["whose key is broken", put("ca-key.pem", "x"), "ERR_IDENTITY_KEY_BROKEN ca-key.pem"],
    ["without a certificate", () => rmSync(join(folder, "ca.pem")), "ERR_IDENTITY_FILE_MISSING ca.pem"],
    ["that holds a leaf", leafAsCa, "ERR_IDENTITY_ISSUER_NOT_CA ca.pem"],
  ];

  function leafAsCa(): void {
    writeFileSync(join(folder, "ca.pem"), alice.certificateChainPem);
    writeFileSync(join(folder, "ca-key.pem"), alice.privateKeyPem);
  }

  test.each(damages)("%s is refused", (_, damage, expected) => {
    createCa(folder, { cluster: "demo" }, now);
    damage();
    expect(problemOf(() => openCa(folder))).toBe(expected);
  });
});

describe("inspecting", () => {
  test("an identity folder tells who it is, and that nothing is wrong", () => {
    writeIdentity(folder, alice);
    const { kind, uri, files, problems } = inspectPath(folder, now);
    expect({ kind, uri, problems }).toEqual({ kind: "identity", uri: "spiffe://demo/user/alice", problems: [] });
    expect(files[0]!.certificates[0]).toMatchObject({
      fingerprint: alice.fingerprint,
      serial: alice.serial,
      isCa: false,
    });
    expect(files[0]!.certificates[0]!.issuer).toBe(files[1]!.certificates[0]!.subject);
  });

  test("a CA folder tells its cluster", () => {
    createCa(folder, { cluster: "demo" }, now);
    expect(inspectPath(folder, now)).toMatchObject({ kind: "ca", uri: "spiffe://demo", problems: [] });
    expect(inspectPath(folder, new Date("2046-01-01T00:00:00Z")).problems.map(({ code }) => code)).toEqual([
      "ERR_IDENTITY_EXPIRED",
    ]);
  });

  test("a single file works", () => {
    writeIdentity(folder, alice);
    expect(inspectPath(join(folder, "chain.pem"), now)).toMatchObject({ kind: "certificates", problems: [] });
    expect(inspectPath(join(folder, "chain.pem"), later).problems).toMatchObject([{ code: "ERR_IDENTITY_EXPIRED" }]);
    expect(inspectPath(join(folder, "key.pem"), now)).toMatchObject({ kind: "key", problems: [] });
    chmodSync(join(folder, "key.pem"), 0o644);
    expect(inspectPath(join(folder, "key.pem"), now).problems).toMatchObject([{ code: "ERR_IDENTITY_KEY_EXPOSED" }]);
  });
});
