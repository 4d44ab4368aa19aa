import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCa, HeldIdentity, IDENTITY_FILES, type IssueRequest, writeIdentity } from "../src/index.ts";

const start = new Date("2026-06-01T12:00:00Z");
const soon = new Date("2026-06-02T12:00:00Z");

let root: string;
let folder: string;
let issued: number;
let authority: ReturnType<typeof createCa>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "held-"));
  folder = join(root, "web");
  issued = 0;
  authority = createCa(join(root, "ca"), { cluster: "demo" }, start);
  authority.issueInto(folder, { kind: "service", name: "web" }, start);
});
afterEach(() => rmSync(root, { recursive: true }));

const hold = (): HeldIdentity => new HeldIdentity(folder, { cluster: "demo", kinds: ["service"], name: "web" }, start);

/** Puts another identity into the folder's place, file by file. */
function replace(request: Partial<IssueRequest> = {}, ca = authority, at = soon): void {
  const next = join(root, `next-${++issued}`);
  ca.issueInto(next, { kind: "service", name: "web", ...request }, at);
  for (const file of Object.values(IDENTITY_FILES)) renameSync(join(next, file), join(folder, file));
}

describe("an identity in use", () => {
  test("is the renewed one after a reload, which tells both ends of validity", () => {
    const held = hold();
    const before = held.credentials;
    replace({ days: 10 });
    expect(held.credentials).toBe(before);
    expect(held.reload(soon)).toMatchObject({
      code: "IDENTITY_RELOADED",
      principal: "service/web",
      notAfter: "2026-06-12T12:00:00.000Z",
      notAfterBefore: before.notAfter.toISOString(),
      fingerprintBefore: before.fingerprint,
      reason: "",
    });
    expect(held.credentials.fingerprint).not.toBe(before.fingerprint);
    expect(held.credentials.privateKeyPem).not.toBe(before.privateKeyPem);
    expect(held.status).toMatchObject({ file: folder, notAfter: "2026-06-12T12:00:00.000Z", refused: null });
  });

  test("stays the same object when nothing has changed", () => {
    const held = hold();
    const before = held.credentials;
    expect(held.reload(soon).code).toBe("IDENTITY_UNCHANGED");
    expect(held.credentials).toBe(before);
  });

  test("takes a trust bundle with one more root", () => {
    const held = hold();
    const next = createCa(join(root, "ca2"), { cluster: "demo" }, start);
    const { trustBundlePem } = held.credentials;
    rmSync(folder, { recursive: true });
    writeIdentity(folder, {
      ...held.credentials,
      trustBundlePem: `${trustBundlePem}${next.authority.certificatePem}`,
    });
    expect(held.reload(soon)).toMatchObject({ code: "IDENTITY_RELOADED" });
    expect(held.credentials.trustBundlePem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  const bad: readonly (readonly [string, () => void, string])[] = [
    ["of another kind", () => replace({ kind: "vertex" }), "ERR_IDENTITY_WRONG_KIND"],
    ["of another name", () => replace({ name: "mail" }), "ERR_IDENTITY_WRONG_NAME"],
    [
      "of another cluster",
      () => replace({}, createCa(join(root, "other"), { cluster: "prod" }, start)),
      "ERR_IDENTITY_WRONG_CLUSTER",
    ],
    ["that has ended", () => replace({ days: 1 }, authority, start), "ERR_IDENTITY_EXPIRED"],
    [
      "that is half replaced",
      () => {
        const next = join(root, "half");
        authority.issueInto(next, { kind: "service", name: "web" }, soon);
        renameSync(join(next, IDENTITY_FILES.chain), join(folder, IDENTITY_FILES.chain));
      },
      "ERR_IDENTITY_KEY_MISMATCH",
    ],
    [
      "of another CA than the trust bundle's",
      () => {
        const { authority: stranger } = createCa(join(root, "stranger"), { cluster: "demo" }, start);
        const { credentials } = hold();
        rmSync(folder, { recursive: true });
        writeIdentity(folder, { ...credentials, trustBundlePem: stranger.certificatePem });
      },
      "ERR_IDENTITY_UNTRUSTED",
    ],
    ["whose key others can read", () => chmodSync(join(folder, "key.pem"), 0o644), "ERR_IDENTITY_KEY_EXPOSED"],
    ["that is gone", () => rmSync(folder, { recursive: true }), "ERR_IDENTITY_FILE_MISSING"],
  ];

  test.each(bad)("is kept when the folder holds one %s", (_, damage, code) => {
    const held = hold();
    const before = held.credentials;
    damage();
    const reload = held.reload(new Date("2026-06-03T12:00:00Z"));
    expect(reload).toMatchObject({ code: "IDENTITY_REFUSED", reason: code, notAfter: before.notAfter.toISOString() });
    expect(reload.text).not.toBe("");
    expect(held.credentials).toBe(before);
    expect(held.status.refused).toMatchObject({ code, at: "2026-06-03T12:00:00.000Z" });
  });

  test("forgets a refusal with the next reload that is in order", () => {
    const held = hold();
    replace({ kind: "user" });
    held.reload(soon);
    replace();
    expect(held.reload(soon).code).toBe("IDENTITY_RELOADED");
    expect(held.status.refused).toBeNull();
  });
});
