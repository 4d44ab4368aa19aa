import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkCredentials, HeldIdentity, IDENTITY_FILES, writeCertificatePem, writeIdentity } from "../../src/index.ts";
import { createCa, type IssueRequest } from "../../src/authority/index.ts";
import { ExpiryTimer } from "../../src/holding/drivers/expiry-timer.ts";
import { ca, leaf } from "../certificates.ts";

const start = new Date("2026-06-01T12:00:00Z");
const soon = new Date("2026-06-02T12:00:00Z");
const view = { at: soon, warningMs: 30 * 86_400_000 };

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

/** Replaces the identity in the folder, file by file. */
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
    expect(held.credentials.privateKeyPem).not.toEqual(before.privateKeyPem);
    expect(held.statusAt(view)).toMatchObject({ file: folder, notAfter: "2026-06-12T12:00:00.000Z", refused: null });
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
    expect(held.statusAt(view).refused).toMatchObject({ code, at: "2026-06-03T12:00:00.000Z" });
  });

  test("forgets a refusal with the next reload that is in order", () => {
    const held = hold();
    replace({ kind: "user" });
    held.reload(soon);
    replace();
    expect(held.reload(soon).code).toBe("IDENTITY_RELOADED");
    expect(held.statusAt(view).refused).toBeNull();
  });
});

describe("what status shows of the certificates in use", () => {
  const at = (days: number): Date => new Date(start.getTime() + days * 86_400_000);

  test("each of the leaf and the roots: whose, by whom, how long, where", () => {
    const { certificates, ...identity } = hold().statusAt(view);
    expect(identity).toMatchObject({ file: folder, principal: "service/web", state: "valid", refused: null });
    const [leaf, root] = certificates;
    expect(certificates).toHaveLength(2);
    expect(leaf).toMatchObject({
      role: "leaf",
      state: "valid",
      subject: "spiffe://demo/service/web",
      notBefore: "2026-06-01T11:55:00.000Z",
      notAfter: "2027-06-01T12:00:00.000Z",
      daysLeft: 364,
      algorithm: "p256",
      file: join(folder, "chain.pem"),
    });
    expect(leaf!.fingerprint).toBe(hold().credentials.fingerprint);
    expect(leaf!.serial).toBe(hold().credentials.certificates[0]!.serial);
    expect(root).toMatchObject({ role: "root", subject: "spiffe://demo", file: join(folder, "trust.pem") });
    expect(leaf!.issuer).toBe(root!.issuer);
  });

  test("an intermediate CA, and a second root", () => {
    const root = ca("demo", { notBefore: start, notAfter: at(400) });
    const next = ca("demo", { notBefore: start, notAfter: at(4_000) });
    const intermediate = ca("demo", { issuer: root, notBefore: start, notAfter: at(100) });
    const user = leaf(intermediate, "spiffe://demo/user/alice", { notBefore: start, notAfter: at(30) });
    const credentials = checkCredentials(
      {
        key: user.key.export({ type: "pkcs8", format: "pem" }).toString(),
        chain: writeCertificatePem(user.der, intermediate.der),
        trust: writeCertificatePem(root.der, next.der),
      },
      {},
      soon,
    );
    expect(credentials.inUse.map(({ role, notAfter }) => [role, notAfter])).toEqual([
      ["leaf", at(30)],
      ["intermediate", at(100)],
      ["root", at(400)],
      ["root", at(4_000)],
    ]);
    expect(credentials.inUse.map(({ id }) => id)).toEqual([...credentials.certificates, undefined, undefined]);
  });

  const states: readonly (readonly [number, string, number])[] = [
    [334, "valid", 31],
    [335, "expires-soon", 30],
    [364.5, "expires-soon", 0],
    [365.5, "expired", -1],
  ];
  test.each(states)("after %f days a certificate of a year is %s, with %d days left", (days, state, daysLeft) => {
    const status = hold().statusAt({ ...view, at: at(days) });
    expect(status.certificates[0]).toMatchObject({ state, daysLeft });
    expect(status.state).toBe(state);
  });

  test("a revoked one is revoked, however good it is otherwise", () => {
    const held = hold();
    const [id] = held.credentials.certificates;
    const status = held.statusAt({ ...view, isRevoked: ({ serial }) => serial === id!.serial });
    expect(status.certificates.map(({ state }) => state)).toEqual(["revoked", "valid"]);
    expect(status.state).toBe("revoked");
  });
});

describe("the timer that looks at the ends of identities", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("speaks at once, through weeks of waiting, and of a reload", () => {
    vi.useFakeTimers({ now: start });
    const held = hold();
    const said: string[] = [];
    const onNotice = ({ fields }: { fields: { code: string } }): void => void said.push(fields.code);
    const wallClock = (): Date => new Date();
    using timer = new ExpiryTimer({ identities: () => [held], warningMs: 30 * 86_400_000, wallClock, onNotice });
    vi.advanceTimersByTime(86_400_000);
    expect(said).toEqual([]);
    // A sleep of the machine: the wall clock has gone on, and timers have not.
    vi.setSystemTime(new Date("2027-05-20T12:00:00Z"));
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(["CERTIFICATE_EXPIRES_SOON"]);
    replace({}, authority, new Date("2027-05-20T12:00:00Z"));
    held.reload(new Date("2027-05-20T12:05:00Z"));
    timer.look();
    expect(said).toEqual(["CERTIFICATE_EXPIRES_SOON", "CERTIFICATE_WARNING_OVER"]);
    timer[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
