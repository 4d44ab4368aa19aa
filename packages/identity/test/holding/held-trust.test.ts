/** A folder of roots and lists without an identity. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HeldIdentity, HeldTrust, Holdings } from "../../src/index.ts";
import { type CertificateAuthority, createCa } from "../../src/authority/index.ts";

let base: string;
let folder: string;
let ca: CertificateAuthority;
let other: CertificateAuthority;
const rootOf = (name: string): string => readFileSync(join(base, name, "ca.pem"), "utf8");
const put = (...pems: readonly string[]): void => writeFileSync(join(folder, "trust.pem"), pems.join(""));

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "trust-"));
  ca = createCa(join(base, "ca"), { cluster: "demo" }, new Date());
  other = createCa(join(base, "ca-2"), { cluster: "demo" }, new Date());
  createCa(join(base, "foreign"), { cluster: "other" }, new Date());
  folder = join(base, "trust");
  mkdirSync(folder);
  put(rootOf("ca"));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("a trust folder", () => {
  test("needs nothing but roots", () => {
    const trust = new HeldTrust(folder, "demo");
    expect(trust.credentials.trustBundlePem).toBe(rootOf("ca"));
    expect(trust.status()).toEqual({ folder, roots: 1, refused: null });
  });

  test.each([
    ["without roots", () => rmSync(join(folder, "trust.pem")), "ERR_IDENTITY_FILE_MISSING"],
    ["with another cluster's", () => put(rootOf("ca"), rootOf("foreign")), "ERR_IDENTITY_TRUST_CLUSTER"],
    ["with something else", () => put("hello"), "ERR_IDENTITY_PEM_BROKEN"],
    ["that everybody may write", () => chmodSync(folder, 0o777), "ERR_IDENTITY_FOLDER_EXPOSED"],
  ])("%s is refused", (_, spoil, code) => {
    spoil();
    expect(() => new HeldTrust(folder, "demo")).toThrow(expect.objectContaining({ code }));
  });

  test("that is not in order at a reload leaves the former roots in use, and says why", () => {
    const trust = new HeldTrust(folder, "demo");
    put("hello");
    expect(trust.reload()).toMatchObject({ code: "TRUST_REFUSED", reason: "ERR_IDENTITY_PEM_BROKEN" });
    expect(trust.status()).toMatchObject({ roots: 1, refused: { code: "ERR_IDENTITY_PEM_BROKEN" } });
    put(rootOf("ca"), rootOf("ca-2"));
    expect(trust.reload()).toMatchObject({ code: "TRUST_RELOADED" });
    expect(trust.reload()).toMatchObject({ code: "TRUST_UNCHANGED" });
    expect(trust.status()).toEqual({ folder, roots: 2, refused: null });
  });
});

describe("holdings", () => {
  const log = { info() {}, warn() {}, error() {} };
  const options = () => ({
    cluster: "demo",
    stateFolder: join(base, "state"),
    policy: { isRequired: false, graceMs: 0 },
    expiryWarningMs: 0,
    wallClock: () => new Date(),
    log,
  });

  test("with a trust folder alone have its roots, and its lists in force", async () => {
    const victim = ca.issueInto(join(base, "b"), { kind: "vertex", name: "b" }, new Date());
    writeFileSync(join(folder, "crl.pem"), ca.revoke([{ serial: victim.serial }], {}, new Date()).list.pem);
    using holdings = await Holdings.open({ ...options(), identities: [], trust: new HeldTrust(folder, "demo") });
    expect(holdings.roots).toBe(rootOf("ca"));
    const { certificates } = new HeldIdentity(join(base, "b"), {}).credentials;
    expect(holdings.revocations.findRevoked(certificates)).toEqual(certificates[0]);
    expect(holdings.status()).toMatchObject({ trust: { roots: 1 }, revocation: { lists: [{ number: "1" }] } });
  });

  test("without one have each root of their identities once; with none there are no roots", async () => {
    for (const [name, by] of [
      ["x", ca],
      ["y", ca],
      ["z", other],
    ] as const)
      by.issueInto(join(base, name), { kind: "service", name }, new Date());
    const identities = ["x", "y", "z"].map((name) => new HeldIdentity(join(base, name), {}));
    using holdings = await Holdings.open({ ...options(), identities });
    expect(holdings.roots).toBe(rootOf("ca") + rootOf("ca-2"));
    using none = await Holdings.open({ ...options(), identities: [] });
    expect(none.roots).toBeUndefined();
  });

  test("tell at a reload that the trust folder is not in order", async () => {
    using holdings = await Holdings.open({ ...options(), identities: [], trust: new HeldTrust(folder, "demo") });
    put("hello");
    expect(await holdings.reload()).toMatchObject([{ file: folder, code: "ERR_IDENTITY_PEM_BROKEN" }]);
    expect(holdings.roots).toBe(rootOf("ca"));
  });
});
