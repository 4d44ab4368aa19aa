import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HeldIdentity, Holdings, IDENTITY_FILES } from "../../src/index.ts";
import { type CertificateAuthority, createCa } from "../../src/authority/index.ts";
import type { HoldingsOptions, HoldingsUser } from "../../src/holding/drivers/holdings.ts";
import { DAY_MS, LIST_POLL_MS } from "../../src/limits.ts";

const start = new Date();

let base: string;
let authority: CertificateAuthority;
let clock: Date;
/** All that was told, in order: log lines by level and code, and `user:` with what the user of the holdings was told. */
let heard: string[];
let opened: Holdings[];

beforeEach(() => {
  // The holdings look at the folders when `look` says so.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  base = mkdtempSync(join(tmpdir(), "holdings-"));
  authority = createCa(join(base, "ca"), { cluster: "demo" }, start);
  clock = start;
  heard = [];
  opened = [];
});

afterEach(async () => {
  for (const holdings of opened) {
    // A list that is still being kept would make its folder again: the reload waits for it.
    await holdings.reload();
    holdings.close();
  }
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  rmSync(base, { recursive: true, force: true });
});

const user: HoldingsUser = {
  handleCredentials: (folder, { fingerprint }) => void heard.push(`user: ${nameOf(folder)} ${fingerprint}`),
  handleRevocations: () => void heard.push("user: lists"),
};

function hear(level: string): (event: { readonly code: string }) => void {
  return ({ code }) => void heard.push(`${level} ${code}`);
}

function nameOf(folder: string): string {
  return folder.slice(base.length + 1);
}

function issue(name: string): string {
  const folder = join(base, name);
  authority.issueInto(folder, { kind: "service", name }, start);
  return folder;
}

/** Puts the next identity of the same principal into the folder; returns its fingerprint. */
function renew(name: string): string {
  const next = join(base, "next");
  authority.issueInto(next, { kind: "service", name }, clock);
  for (const file of Object.values(IDENTITY_FILES)) renameSync(join(next, file), join(base, name, file));
  rmSync(next, { recursive: true });
  return new HeldIdentity(join(base, name), {}, clock).credentials.fingerprint;
}

/** Makes a list that names the folder's present certificate; the list is not in the folder yet. */
function revoke(name: string): string {
  const { serial } = new HeldIdentity(join(base, name), {}, clock).credentials.certificates[0]!;
  return authority.revoke([{ serial }], {}, start).list.pem;
}

function putList(name: string, pem: string): void {
  writeFileSync(join(base, name, "crl.pem"), pem);
}

async function open(names: readonly string[], options: Partial<HoldingsOptions> = {}): Promise<Holdings> {
  const holdings = await Holdings.open({
    cluster: "demo",
    identities: names.map((name) => new HeldIdentity(join(base, name), {}, start)),
    stateFolder: join(base, "state"),
    policy: { isRequired: false, graceMs: 0 },
    expiryWarningMs: 30 * DAY_MS,
    wallClock: () => clock,
    log: { info: hear("info"), warn: hear("warn"), error: hear("error") },
    ...options,
  });
  opened.push(holdings);
  return holdings;
}

/** Has the watch look at the folders, and waits until it has told the expected lines. */
async function look(expected: readonly string[]): Promise<void> {
  vi.advanceTimersByTime(LIST_POLL_MS);
  await expect.poll(() => heard, { timeout: 60_000, interval: 5 }).toEqual(expected);
  heard = [];
}

describe("what is held from the start", () => {
  test("is the credentials of each folder, the lists in force, and the status of both", async () => {
    issue("web");
    issue("mail");
    putList("mail", revoke("web"));
    const holdings = await open(["web", "mail"]);
    expect(heard).toEqual(["info REVOCATION_LOADED"]);
    expect([...holdings.credentials.keys()].map(nameOf)).toEqual(["web", "mail"]);
    const [web, mail] = [...holdings.credentials.values()].map(({ certificates }) => certificates);
    expect(holdings.revocations.findRevoked(web!)).toEqual(web![0]);
    expect(holdings.revocations.findRevoked(mail!)).toBeUndefined();
    const { certificates, revocation } = holdings.status();
    expect(certificates.map(({ principal, state }) => [principal, state])).toEqual([
      ["service/web", "revoked"],
      ["service/mail", "valid"],
    ]);
    expect(revocation).toMatchObject({ mode: "optional", lists: [{ number: "1", isKept: true }], refused: [] });
  });

  test("is told with the watch: what is revoked, and what ends soon", async () => {
    issue("web");
    putList("web", revoke("web"));
    clock = new Date(start.getTime() + 360 * DAY_MS);
    const holdings = await open(["web"]);
    heard = [];
    holdings.watch(user);
    expect(heard).toEqual(["error OWN_CERTIFICATE_REVOKED", "warn CERTIFICATE_EXPIRES_SOON"]);
  });

  test("is nothing where a list is not in order", async () => {
    issue("web");
    putList("web", "no list");
    await expect(open(["web"])).rejects.toMatchObject({ code: "ERR_IDENTITY_PEM_BROKEN" });
  });

  test("does not change before the watch begins", async () => {
    issue("web");
    const holdings = await open(["web"]);
    putList("web", revoke("web"));
    expect(vi.getTimerCount()).toBe(0);
    holdings.watch(user);
    expect(heard).toEqual([]);
    await look(["info REVOCATION_LOADED", "error OWN_CERTIFICATE_REVOKED", "user: lists"]);
  });
});

describe("without identities", () => {
  test("nobody is judged by lists, and none are looked for", async () => {
    const policy = { isRequired: true, graceMs: 5 };
    const holdings = await open([], { policy });
    holdings.watch(user);
    await holdings.reload();
    expect(holdings.status()).toEqual({ certificates: [], revocation: null, trust: null });
    expect(holdings.credentials.size).toBe(0);
    expect(existsSync(join(base, "state"))).toBe(false);
    expect(heard).toEqual(["user: lists"]);
  });
});

describe("a reload", () => {
  test("tells the user of the folders that have changed, and of no others", async () => {
    issue("web");
    issue("mail");
    const holdings = await open(["web", "mail"]);
    holdings.watch(user);
    const fingerprint = renew("mail");
    expect(await holdings.reload()).toEqual([]);
    expect(heard).toEqual([
      "info IDENTITY_UNCHANGED",
      "info IDENTITY_RELOADED",
      `user: mail ${fingerprint}`,
      "user: lists",
    ]);
    expect(holdings.credentials.get(join(base, "mail"))!.fingerprint).toBe(fingerprint);
  });

  test("keeps what is in use of a folder that is not in order, and takes the others", async () => {
    issue("web");
    issue("mail");
    const holdings = await open(["web", "mail"]);
    holdings.watch(user);
    const before = holdings.credentials.get(join(base, "web"));
    rmSync(join(base, "web", IDENTITY_FILES.chain));
    const fingerprint = renew("mail");
    expect(await holdings.reload()).toEqual([
      { file: join(base, "web"), code: "ERR_IDENTITY_FILE_MISSING", text: "there is no such file" },
    ]);
    expect(heard).toEqual([
      "warn IDENTITY_REFUSED",
      "info IDENTITY_RELOADED",
      `user: mail ${fingerprint}`,
      "user: lists",
    ]);
    expect(holdings.credentials.get(join(base, "web"))).toBe(before);
    expect(holdings.status().certificates[0]!.refused).toMatchObject({
      code: "ERR_IDENTITY_FILE_MISSING",
      at: clock.toISOString(),
    });
  });

  test("takes the lists after the identities: one that names the former certificate revokes nothing of ours", async () => {
    issue("web");
    const holdings = await open(["web"]);
    holdings.watch(user);
    putList("web", revoke("web"));
    const fingerprint = renew("web");
    await holdings.reload();
    expect(heard).toEqual([
      "info IDENTITY_RELOADED",
      `user: web ${fingerprint}`,
      "info REVOCATION_LOADED",
      "user: lists",
      "user: lists",
    ]);
  });

  test("that finds all as it was lets the user try again, and says again what is revoked still", async () => {
    issue("web");
    putList("web", revoke("web"));
    const holdings = await open(["web"]);
    holdings.watch(user);
    heard = [];
    await holdings.reload();
    expect(heard).toEqual([
      "info IDENTITY_UNCHANGED",
      "info REVOCATION_UNCHANGED",
      "error OWN_CERTIFICATE_REVOKED",
      "user: lists",
    ]);
  });

  test("says at once what it means for the ends of certificates, also when nothing of it is new", async () => {
    issue("web");
    const holdings = await open(["web"]);
    holdings.watch(user);
    clock = new Date(start.getTime() + 360 * DAY_MS);
    await holdings.reload();
    expect(heard).toEqual(["info IDENTITY_UNCHANGED", "warn CERTIFICATE_EXPIRES_SOON", "user: lists"]);
    heard = [];
    const fingerprint = renew("web");
    await holdings.reload();
    expect(heard).toEqual([
      "info IDENTITY_RELOADED",
      `user: web ${fingerprint}`,
      "info CERTIFICATE_WARNING_OVER",
      "user: lists",
    ]);
  });
});

describe("while it watches", () => {
  test("a list that comes is told to the user after it was seen whether it names our own", async () => {
    issue("web");
    issue("mail");
    const holdings = await open(["web", "mail"]);
    holdings.watch(user);
    putList("mail", revoke("web"));
    await look(["info REVOCATION_LOADED", "error OWN_CERTIFICATE_REVOKED", "user: lists"]);
    expect(holdings.status().certificates[0]!.state).toBe("revoked");
  });

  test("all goes by the one clock", async () => {
    issue("web");
    putList("web", revoke("web"));
    const holdings = await open(["web"]);
    holdings.watch(user);
    heard = [];
    clock = new Date(start.getTime() + 365.5 * DAY_MS);
    const { certificates, revocation } = holdings.status();
    expect([certificates[0]!.certificates[0]!.daysLeft, revocation!.lists[0]!.isExpired]).toEqual([-1, true]);
    await look(["error REVOCATION_EXPIRED"]);
    await holdings.reload();
    expect(heard).toEqual([
      "warn IDENTITY_REFUSED",
      "error CERTIFICATE_EXPIRED",
      "info REVOCATION_UNCHANGED",
      "error OWN_CERTIFICATE_REVOKED",
      "user: lists",
    ]);
  });
});

describe("after its end", () => {
  test("a reload does nothing", async () => {
    issue("web");
    const holdings = await open(["web"]);
    holdings.watch(user);
    holdings.close();
    renew("web");
    await holdings.reload();
    expect(heard).toEqual([]);
  });

  test("a reload that had begun tells nobody of lists", async () => {
    issue("web");
    putList("web", revoke("web"));
    const holdings = await open(["web"]);
    holdings.watch(user);
    putList("web", authority.makeRevocationList({}, start).pem);
    heard = [];
    const done = holdings.reload();
    holdings.close();
    await done;
    expect(heard).toEqual(["info IDENTITY_UNCHANGED"]);
  });
});

describe("other identities", () => {
  test("are held from then on, judged by the lists of all, and those that stay are told nothing", async () => {
    issue("web");
    const holdings = await open(["web"]);
    holdings.watch(user);
    heard = [];
    const [web] = [...holdings.credentials.values()];
    issue("mail");
    putList("mail", revoke("mail"));
    const identities = ["web", "mail"].map((name) => new HeldIdentity(join(base, name), {}, start));
    await holdings.reconfigure({ identities, policy: { isRequired: false, graceMs: 0 }, expiryWarningMs: 30 * DAY_MS });
    expect(heard).toEqual(["info REVOCATION_LOADED", "error OWN_CERTIFICATE_REVOKED", "user: lists"]);
    expect([...holdings.credentials.keys()].map(nameOf)).toEqual(["web", "mail"]);
    expect(holdings.revocations.findRevoked(web!.certificates)).toBeUndefined();
    expect(holdings.revocations.findRevoked(identities[1]!.credentials.certificates)).toBeDefined();
    heard = [];
    putList("mail", revoke("web"));
    await look(["info REVOCATION_LOADED", "error OWN_CERTIFICATE_REVOKED", "user: lists"]);
    await holdings.reconfigure({ identities: [], policy: { isRequired: true, graceMs: 0 }, expiryWarningMs: 0 });
    expect(holdings.status()).toEqual({ certificates: [], revocation: null, trust: null });
    expect(() => holdings.revocations.check(web!.certificates, start)).toThrow("there is no revocation list");
  });

  test("whose list is not in order are not held, and all is as it was", async () => {
    issue("web");
    issue("mail");
    putList("web", revoke("mail"));
    const holdings = await open(["web"]);
    holdings.watch(user);
    putList("mail", "no list");
    const identities = ["web", "mail"].map((name) => new HeldIdentity(join(base, name), {}, start));
    const change = { identities, policy: { isRequired: false, graceMs: 0 }, expiryWarningMs: 30 * DAY_MS };
    await expect(holdings.reconfigure(change)).rejects.toMatchObject({
      where: { file: join(base, "mail", "crl.pem") },
    });
    expect([...holdings.credentials.keys()].map(nameOf)).toEqual(["web"]);
    expect(holdings.status().revocation!.lists).toHaveLength(1);
    expect(holdings.revocations.findRevoked(identities[1]!.credentials.certificates)).toBeDefined();
  });
});
