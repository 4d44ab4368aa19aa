import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate as yieldTurn } from "node:timers/promises";
import { runs } from "@florenetes/simkit";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { BundleOptions, CertificateAuthority, InstallOptions, WrittenRequest } from "../src/authority/index.ts";
import {
  answerRequest,
  createCa,
  inspectPath,
  installBundle,
  makeInvitation,
  openBundle,
  readBundleFile,
  renewIdentity,
  requestIdentity,
  writeBundleFile,
} from "../src/authority/index.ts";
import { HeldIdentity } from "../src/holding/drivers/held-identity.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { readBundle } from "../src/authority/enrollment/bundle.ts";
import { readRequest } from "../src/authority/enrollment/request.ts";
import { later, now } from "./certificates.ts";
import { contentOf, refusalIn } from "./folder-content.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-install-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const makeCa = (name: string, cluster = "demo"): CertificateAuthority => createCa(join(base, name), { cluster }, now);
const ca = makeCa("ca");
const next = makeCa("next");
const caFingerprint = ca.authority.fingerprint;
const vertex = { kind: "vertex", name: "a" } as const;
const principal = { cluster: "demo", ...vertex };

let count = 0;
let folder = "";
beforeEach(() => void (folder = join(base, `folder-${count++}`)));

const invite = (authority = ca, wish: { kind: "vertex" | "user"; name: string } = vertex, options = {}, at = now) =>
  readBundle(makeInvitation(authority, wish, options, at).octets);
const answer = ({ file }: WrittenRequest, authority = ca, options: BundleOptions = {}, at = now) =>
  readBundle(answerRequest(authority, readRequest(readFileSync(file, "utf8")), options, at).octets);

const refusalOf = (action: () => unknown): string | undefined => refusalIn(folder, action);
const install = (bundle = invite(), options: InstallOptions = { caFingerprint }, at = now) =>
  installBundle(bundle, folder, options, at);

describe("an invitation", () => {
  test("makes the folder, with safe modes", () => {
    const { credentials, isFirst } = install();
    expect(isFirst).toBe(true);
    expect(credentials.principal).toEqual(principal);
    expect(loadCredentials(folder, {}, now)).toEqual(credentials);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "key.pem")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(["chain.pem", "crl-numbers", "key.pem", "trust.pem"]);
    expect(inspectPath(folder, now)).toMatchObject({ kind: "identity", problems: [] });
  });

  test("needs the fingerprint of the CA the first time, and the right one", () => {
    expect(refusalOf(() => install(invite(), {}))).toBe("ERR_IDENTITY_FINGERPRINT");
    expect(refusalOf(() => install(invite(), { caFingerprint: next.authority.fingerprint }))).toBe(
      "ERR_IDENTITY_BUNDLE_CA",
    );
    expect(existsSync(folder)).toBe(false);
  });

  test("replaces an identity by the word of a root that it trusts", () => {
    install();
    const before = loadCredentials(folder, {}, now);
    expect(install(invite(), {})).toMatchObject({ isFirst: false, droppedRoots: [] });
    expect(loadCredentials(folder, {}, now).fingerprint).not.toBe(before.fingerprint);
    expect(refusalOf(() => install(invite(next), {}))).toBe("ERR_IDENTITY_BUNDLE_CA");
  });

  test("tells when its list names the certificate that was there", () => {
    const own = makeCa(`own-${count}`);
    const trusted = { caFingerprint: own.authority.fingerprint };
    expect(install(invite(own), trusted)).toMatchObject({ isFirst: true, isFormerRevoked: false });
    expect(install(invite(own, vertex, {}, later(1)), {}, later(1))).toMatchObject({ isFormerRevoked: false });
    own.revoke([{ principal }], { reason: "key-compromise" }, later(2));
    const installed = install(invite(own, vertex, {}, later(2)), {}, later(2));
    expect(installed).toMatchObject({ isFirst: false, isFormerRevoked: true, lists: [{ number: 1n }] });
    expect(install(invite(own, vertex, {}, later(3)), {}, later(3))).toMatchObject({ isFormerRevoked: false });
  });

  test("takes the owner of a folder that root writes into, and the folder's own mode", () => {
    if (process.getuid?.() !== 0) return;
    ownedFolder();
    install();
    requestIdentityAgain();
    for (const name of readdirSync(folder, { recursive: true })) {
      expect(statSync(join(folder, String(name)))).toMatchObject({ uid: 1234, gid: 5678 });
    }
    expect(statSync(folder).mode & 0o777).toBe(0o750);
  });

  test("of root is not led by links of the folder's owner to what is not theirs", () => {
    if (process.getuid?.() !== 0) return;
    ownedFolder();
    const elsewhere = mkdtempSync(join(tmpdir(), "florenetes-elsewhere-"));
    try {
      writeFileSync(join(elsewhere, "precious"), "", { mode: 0o644 });
      symlinkSync(elsewhere, join(folder, "next"));
      expect(refusalOf(() => install())).toBe("ERR_IDENTITY_WRITE_FAILED");
      expect(readdirSync(elsewhere)).toEqual(["precious"]);
      rmSync(join(folder, "next"));
      install();
      // The install must not give the owner of the folder a key that only root can read.
      writeFileSync(join(elsewhere, "key.pem"), readFileSync(join(folder, "key.pem")), { mode: 0o600 });
      rmSync(join(folder, "key.pem"));
      symlinkSync(join(elsewhere, "key.pem"), join(folder, "key.pem"));
      expect(refusalOf(() => renewIdentity(folder, { isKeepingKey: true }))).toBe("ERR_IDENTITY_FILE_UNREADABLE");
      expect(process.geteuid?.()).toBe(0);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  /** Makes a folder of another user, at a place that the user can reach. */
  function ownedFolder(): void {
    chmodSync(dirname(folder), 0o711);
    mkdirSync(folder, { mode: 0o750 });
    chownSync(folder, 1234, 5678);
  }

  test("is refused by a folder that belongs to somebody else", () => {
    install();
    const { uid } = statSync(folder);
    vi.spyOn(process, "geteuid").mockReturnValue(uid + 1);
    try {
      expect(refusalOf(() => install())).toBe("ERR_IDENTITY_FOLDER_OWNER");
      expect(refusalOf(() => renewIdentity(folder))).toBe("ERR_IDENTITY_FOLDER_OWNER");
    } finally {
      vi.restoreAllMocks();
    }
  });

  function requestIdentityAgain(): void {
    renewIdentity(folder);
  }
});

describe("what is refused leaves the identity that is there", () => {
  const cases: readonly [string, string, () => Parameters<typeof install>][] = [
    ["another cluster", "ERR_IDENTITY_WRONG_CLUSTER", () => foreignBundle()],
    ["another kind", "ERR_IDENTITY_WRONG_KIND", () => [invite(ca, { kind: "user", name: "a" }), {}]],
    ["another name", "ERR_IDENTITY_WRONG_NAME", () => [invite(ca, { kind: "vertex", name: "b" }), {}]],
    ["another than the operator expects", "ERR_IDENTITY_WRONG_NAME", () => [invite(), { expected: { name: "b" } }]],
    ["another CA", "ERR_IDENTITY_BUNDLE_CA", () => [invite(next), {}]],
    ["a bundle that has ended", "ERR_IDENTITY_BUNDLE_EXPIRED", () => [invite(), {}, later(8)]],
    ["a bundle of the future", "ERR_IDENTITY_BUNDLE_NOT_YET_VALID", () => [invite(ca, vertex, {}, later(1)), {}]],
    ["an older one", "ERR_IDENTITY_BUNDLE_OLDER", () => [invite(ca, vertex, {}, later(-0.01)), {}]],
    ["the answer to a request of elsewhere", "ERR_IDENTITY_BUNDLE_KEY", () => [answerOfElsewhere(), {}]],
  ];

  function foreignBundle(): Parameters<typeof install> {
    const foreign = createCa(join(base, `foreign-${count++}`), { cluster: "elsewhere" }, now);
    return [invite(foreign), { caFingerprint: foreign.authority.fingerprint }];
  }

  function answerOfElsewhere() {
    return answer(requestIdentity(join(base, `elsewhere-${count++}`), principal));
  }

  test.each(cases)("%s: %s", (_, code, make) => {
    install();
    const before = loadCredentials(folder, {}, now);
    expect(refusalOf(() => install(...make()))).toBe(code);
    expect(loadCredentials(folder, {}, now)).toEqual(before);
  });

  test("what is there is broken, and says so", () => {
    install();
    writeFileSync(join(folder, "chain.pem"), "nonsense");
    expect(refusalOf(() => install(invite(), {}))).toBe("ERR_IDENTITY_PEM_BROKEN");
  });
});

describe("a request", () => {
  test("is answered for its own key, and gone afterwards", () => {
    const request = requestIdentity(folder, principal);
    expect(statSync(join(folder, "request")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "request/key.pem")).mode & 0o777).toBe(0o600);
    const key = readFileSync(join(folder, "request/key.pem"), "utf8");
    const bundle = answer(request);
    expect(bundle.privateKey).toBeUndefined();
    expect(textOf(install(bundle).credentials.privateKeyPem)).toBe(key);
    expect(readdirSync(folder).toSorted()).toEqual(["chain.pem", "crl-numbers", "key.pem", "trust.pem"]);
    // The bundle is installed once more, as after a crash that left the outcome in doubt.
    install(bundle, {});
    expect(textOf(loadCredentials(folder, {}, now).privateKeyPem)).toBe(key);
  });

  test("binds what is installed", () => {
    const request = requestIdentity(folder, principal);
    expect(refusalOf(() => install(invite(ca, { kind: "vertex", name: "b" })))).toBe("ERR_IDENTITY_WRONG_NAME");
    const other = requestIdentity(join(base, `x-${count}`), principal);
    expect(refusalOf(() => install(answer(other)))).toBe("ERR_IDENTITY_BUNDLE_KEY");
    install(answer(request));
  });

  test("is not made twice, unless it is to be replaced", () => {
    const first = answer(requestIdentity(folder, principal));
    expect(refusalOf(() => requestIdentity(folder, principal))).toBe("ERR_IDENTITY_REQUEST_PENDING");
    const second = requestIdentity(folder, principal, { isReplacing: true, algorithm: "ed25519" });
    expect(readdirSync(folder)).toEqual(["request"]);
    expect(refusalOf(() => install(first))).toBe("ERR_IDENTITY_BUNDLE_KEY");
    install(answer(second));
    expect(inspectPath(folder, now).files[0]!.certificates[0]!.keyAlgorithm).toBe("ed25519");
  });

  test("is not made beside an identity, and stays when an invitation comes", () => {
    install();
    expect(refusalOf(() => requestIdentity(folder, principal))).toBe("ERR_IDENTITY_FOLDER_IN_USE");
    const request = renewIdentity(folder);
    const bundle = answer(request);
    install(invite(), {});
    expect(existsSync(request.file)).toBe(true);
    install(bundle, {});
    expect(existsSync(request.file)).toBe(false);
  });

  test("renews with a new key of the same algorithm, or with the same key", () => {
    install(invite(ca, vertex, {}), { caFingerprint });
    const before = loadCredentials(folder, {}, now);
    const renewed = renewIdentity(folder);
    expect(loadCredentials(folder, {}, now)).toEqual(before);
    install(answer(renewed), {});
    const after = loadCredentials(folder, {}, now);
    expect(after.privateKeyPem).not.toEqual(before.privateKeyPem);
    install(answer(renewIdentity(folder, { isKeepingKey: true })), {});
    const kept = loadCredentials(folder, {}, now);
    expect(kept.privateKeyPem).toEqual(after.privateKeyPem);
    expect(kept.fingerprint).not.toBe(after.fingerprint);
    expect(existsSync(join(folder, "request"))).toBe(false);
  });

  test("renews what has ended", () => {
    install();
    const at = later(400);
    install(answer(renewIdentity(folder), ca, {}, at), {}, at);
    expect(loadCredentials(folder, {}, at).principal).toEqual(principal);
  });

  test("of a folder without an identity cannot renew", () => {
    expect(refusalOf(() => renewIdentity(folder))).toBe("ERR_IDENTITY_FILE_MISSING");
  });

  test("for another cluster is not signed, and nothing is recorded", () => {
    const request = requestIdentity(folder, { ...principal, cluster: "elsewhere" });
    const before = contentOf(ca.folder);
    expect(refusalOf(() => answer(request))).toBe("ERR_IDENTITY_WRONG_CLUSTER");
    expect(refusalOf(() => answer(request, ca, { bundleDays: 0 }))).toMatch(/^ERR_IDENTITY_(WRONG_CLUSTER|DAYS)$/);
    expect(contentOf(ca.folder)).toEqual(before);
  });
});

test("a process that runs takes what was installed at its reload, and holds what it has until then", () => {
  install(invite(ca, vertex, {}, new Date()), { caFingerprint }, new Date());
  const held = new HeldIdentity(folder, { cluster: "demo" });
  const before = held.credentials;
  const bundle = answer(renewIdentity(folder), ca, {}, new Date());
  expect(held.reload().code).toBe("IDENTITY_UNCHANGED");
  install(bundle, {}, new Date());
  expect(held.credentials).toBe(before);
  expect(held.reload()).toMatchObject({ code: "IDENTITY_RELOADED", fingerprintBefore: before.fingerprint });
});

describe("a root that follows another", () => {
  const both = (other: CertificateAuthority) => ({ otherRoots: [other.authority.certificatePem] });

  test("is trusted by the word of the old one; then its own word counts, and the old one may go", () => {
    install();
    const nextFingerprint = next.authority.fingerprint;
    const changed = { addedRoots: [nextFingerprint], droppedRoots: [] };
    expect(install(invite(ca, vertex, both(next)), {})).toMatchObject(changed);
    expect(install(invite(next, vertex, both(ca)), {})).toMatchObject({ addedRoots: [], droppedRoots: [] });
    expect(install(invite(next), {})).toMatchObject({ addedRoots: [], droppedRoots: [caFingerprint] });
    expect(loadCredentials(folder, {}, now).trustBundlePem).toBe(next.authority.certificatePem);
    expect(refusalOf(() => install(invite(ca), {}))).toBe("ERR_IDENTITY_BUNDLE_CA");
  });

  test("is trusted at once when the operator gives its fingerprint", () => {
    install();
    install(invite(next, vertex, both(ca)), { caFingerprint: next.authority.fingerprint });
    expect(loadCredentials(folder, {}, now).principal).toEqual(principal);
  });
});

describe("revocation lists", () => {
  const listed = makeCa("listed");
  const options = { caFingerprint: listed.authority.fingerprint };
  const numbersIn = (result: ReturnType<typeof install>) => result.lists.map(({ number }) => Number(number));

  test("come with a bundle, and never go back in number", () => {
    listed.makeRevocationList({}, now);
    const old = invite(listed);
    listed.makeRevocationList({}, now);
    expect(numbersIn(install(invite(listed), options))).toEqual([2]);
    const list = readFileSync(join(folder, "crl.pem"), "utf8");
    expect(numbersIn(install(old, {}))).toEqual([2]);
    expect(readFileSync(join(folder, "crl.pem"), "utf8")).toBe(list);
  });

  test("are kept by a bundle that has none", () => {
    writeListed();
    expect(numbersIn(install({ ...invite(listed), revocationLists: [] }, options))).toEqual([2]);
  });

  test("go with the root that made them, since no process would start with them", () => {
    writeListed();
    install(invite(listed), options);
    install(invite(next), { caFingerprint: next.authority.fingerprint });
    expect(readdirSync(folder).toSorted()).toEqual(["chain.pem", "crl-numbers", "key.pem", "trust.pem"]);
  });

  test("refuse a bundle whose certificate they name, also one that is there and newer", () => {
    const wish = { kind: "user", name: "mallory" } as const;
    const { octets, certificate } = makeInvitation(listed, wish, {}, now);
    writeListed();
    const { list } = listed.revoke([{ serial: certificate.serial }], {}, now);
    expect(refusalOf(() => install(readBundle(octets), options))).toBeUndefined();
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "crl.pem"), list.pem);
    expect(refusalOf(() => install(readBundle(octets), options))).toBe("ERR_IDENTITY_REVOKED");
    const again = readBundle(octets);
    expect(refusalOf(() => install({ ...again, revocationLists: invite(listed).revocationLists }, options))).toBe(
      "ERR_IDENTITY_REVOKED",
    );
  });

  test("of other CAs in the CA's folder stay there, unless their root is trusted, too", () => {
    const own = makeCa("own");
    own.makeRevocationList({}, now);
    writeFileSync(join(own.folder, "crl.pem"), `${own.revocationListPem}${listed.revocationListPem}`);
    const fingerprint = { caFingerprint: own.authority.fingerprint };
    expect(numbersIn(install(invite(own), fingerprint))).toEqual([1]);
    const otherRoots = [listed.authority.certificatePem];
    expect(install(invite(own, vertex, { otherRoots }), fingerprint).lists).toHaveLength(2);
    writeFileSync(join(own.folder, "crl.pem"), listed.revocationListPem!);
    expect(refusalOf(() => invite(own))).toBe("ERR_IDENTITY_LIST_UNTRUSTED");
  });

  function writeListed(): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "crl.pem"), listed.revocationListPem!);
  }
});

test("a folder that is read while it is replaced is the one or the other, never a mixture", async () => {
  const now = new Date();
  const files = ["one", "two"].map((name) => {
    const file = join(base, `${name}.bundle`);
    writeBundleFile(file, makeInvitation(ca, vertex, { days: 300 }, now).octets);
    return file;
  });
  for (const file of files) installBundle(openBundle(readBundleFile(file)), folder, { caFingerprint });
  const program = new URL("./install-forever.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, folder, caFingerprint, ...files], { stdio: "ignore" });
  const exit = once(child, "exit");
  const seen = new Map<string, number>();
  let turns = 0;
  try {
    // A slow machine changes turns seldom: it has more time for the same number of turns.
    const deadline = Date.now() + 100_000;
    for (let last = ""; turns < runs(60, 15) && Date.now() < deadline; await yieldTurn()) {
      const { fingerprint } = loadCredentials(folder);
      seen.set(fingerprint, (seen.get(fingerprint) ?? 0) + 1);
      if (fingerprint !== last) turns++;
      last = fingerprint;
    }
  } finally {
    child.kill("SIGKILL");
    await exit;
  }
  expect(seen.size).toBe(2);
  expect(turns).toBeGreaterThan(10);
}, 120_000);

function textOf(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}
