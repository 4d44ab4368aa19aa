import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CertificateAuthority,
  createCa,
  findOrphans,
  Issuer,
  type IssuedCertificate,
  type IssuerRefusal,
  openCa,
} from "../src/authority/index.ts";
import { RenewalRates } from "../src/authority/issuer/renewal-rates.ts";
import { writeRequest } from "../src/authority/enrollment/request.ts";
import {
  checkRevocationLists,
  type Credentials,
  type Principal,
  readCertificatePem,
  Revocations,
} from "../src/index.ts";
import { LISTS_ASKED_MS, RENEWALS_AT_ONCE, RENEWALS_OF_ALL_AT_ONCE, RENEWING_PRINCIPALS_MAX } from "../src/limits.ts";
import { readPrivateKey } from "../src/private-key.ts";

const HOUR = 3_600_000;
const LIFE = 24 * HOUR;
const start = Date.now();
const alice: Principal = { cluster: "demo", kind: "user", name: "alice" };
const bob: Principal = { cluster: "demo", kind: "user", name: "bob" };

let folder: string;
let root: CertificateAuthority;
let ca: CertificateAuthority;
let issuer: Issuer;
let listsPem: string;
/** Milliseconds since the start. */
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "issuer-"));
  root = createCa(join(folder, "ca"), { cluster: "demo" }, new Date(start));
  ca = root.makeIntermediate(join(folder, "issuer"), {}, new Date(start));
  issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
  listsPem = "";
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (): Date => new Date(start + now);
const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const issued = ({ kind, name }: Principal, days = 10): Credentials => root.issue({ kind, name, days }, at());

interface Wish {
  readonly chain?: readonly Uint8Array[];
  readonly request?: string;
  readonly key?: KeyObject;
  readonly principal?: Principal;
}

/** Asks as whoever holds the credentials would. */
function ask(shown: { readonly certificateChainPem: string }, wish: Wish = {}): IssuedCertificate | IssuerRefusal {
  const { chain = readCertificatePem(shown.certificateChainPem), key = newKey(), principal = alice } = wish;
  const { request = writeRequest(principal, key) } = wish;
  const { rootPem: trustBundlePem } = ca.authority;
  const revocations = new Revocations({ isRequired: false, graceMs: 0 });
  const judged = { principal: alice, trustBundlePem, certificateChainPem: shown.certificateChainPem };
  if (listsPem !== "") for (const list of checkRevocationLists(listsPem, judged, at())) revocations.put(list);
  const clocks = { wall: at(), monotonic: now };
  return ca.decide(
    (record) => issuer.handleRequest({ chain, request }, { trustBundlePem, revocations, record }, clocks),
    at(),
  );
}

function granted(answer: IssuedCertificate | IssuerRefusal): IssuedCertificate {
  if ("code" in answer) throw new Error(`${answer.code}: ${answer.text}`);
  return answer;
}

describe("an issuer gives", () => {
  test("the same principal its next certificate, of the life that is set, by the intermediate CA, and records it", () => {
    const own = issued(alice);
    now = 5 * LIFE;
    const next = granted(ask(own));
    expect(next.principal).toEqual(alice);
    expect(next.notAfter.getTime()).toBe(Math.floor(at().getTime() / 1000) * 1000 + LIFE);
    expect(readCertificatePem(next.certificateChainPem)).toHaveLength(2);
    expect(next.trustBundlePem).toBe(root.authority.certificatePem);
    const recorded = openCa(join(folder, "issuer")).record.certificates.get(next.serial)!;
    expect(recorded).toMatchObject({
      principal: "spiffe://demo/user/alice",
      keyHash: next.keyHash,
      renewal: { origin: own.certificates[0], shownKeyHash: own.keyHash },
    });
  });

  test("the same key another certificate, and what it gave is renewed again, with the origin remembered", () => {
    const own = issued(alice);
    const key = readPrivateKey(own.privateKeyPem);
    const second = granted(ask(own, { key }));
    expect(second.keyHash).toBe(own.keyHash);
    now = LIFE / 2;
    const third = granted(ask(second));
    expect(ca.record.certificates.get(third.serial)!.renewal!.origin).toEqual(own.certificates[0]);
  });
});

describe("an issuer refuses, and records nothing:", () => {
  function refuses(code: string, shown: { readonly certificateChainPem: string }, wish?: Wish): void {
    const before = readFileSync(join(folder, "issuer", "record.jsonl"), "utf8");
    expect(ask(shown, wish)).toMatchObject({ code });
    expect(readFileSync(join(folder, "issuer", "record.jsonl"), "utf8")).toBe(before);
  }

  test("a certificate of another CA, one that has ended, one that has not begun, and none", () => {
    const other = createCa(join(folder, "other"), { cluster: "demo" }, at()).issue(
      { kind: "user", name: "alice" },
      at(),
    );
    refuses("ERR_ISSUER_CERTIFICATE", other);
    const own = issued(alice, 1);
    now = 25 * HOUR;
    refuses("ERR_ISSUER_CERTIFICATE", own);
    // The issuer's clock is a day behind, or the node's certificate is from the future.
    const later = issued(alice);
    now = HOUR;
    refuses("ERR_ISSUER_CERTIFICATE", later);
    refuses("ERR_ISSUER_CERTIFICATE", later, { chain: [] });
  });

  test("a request for another principal, a broken one, one of a CA, and one without end", () => {
    const own = issued(alice);
    refuses("ERR_ISSUER_PRINCIPAL", own, { principal: bob });
    refuses("ERR_ISSUER_PRINCIPAL", own, { principal: { ...alice, kind: "service" } });
    const good = writeRequest(alice, newKey());
    for (const request of [
      "",
      "x",
      good.slice(0, -30),
      good.replace(/[A-Z](?=[a-z])/, "-"),
      good + good,
      own.certificateChainPem,
    ]) {
      refuses("ERR_ISSUER_REQUEST", own, { request });
    }
    const swapped = good.replace(/M(.{30})(.)/, (_, a: string, b: string) => `M${a}${b === "A" ? "B" : "A"}`);
    expect(ask(own, { request: swapped })).toHaveProperty("code");
  });

  test("a certificate that the root has revoked, and what came from it", () => {
    const own = issued(alice);
    const second = granted(ask(own));
    const third = granted(ask(second));
    listsPem = root.revoke([{ principal: alice }], {}, at()).list.pem;
    for (const shown of [own, second, third]) refuses("ERR_ISSUER_REVOKED", shown);
    const revocations = new Revocations({ isRequired: false, graceMs: 0 });
    for (const list of checkRevocationLists(listsPem, { ...issued(bob), principal: bob }, at())) revocations.put(list);
    const orphans = findOrphans(ca.record, revocations, at()).map(({ serial }) => serial);
    expect(orphans).toEqual([second.serial, third.serial]);
    ca.revoke(
      orphans.map((serial) => ({ serial })),
      {},
      at(),
    );
    expect(findOrphans(ca.record, revocations, at())).toEqual([]);
  });

  test("a name that was revoked here, also by a certificate of the root from before; one that is issued anew is renewed", () => {
    const own = issued(alice);
    const second = granted(ask(own));
    const others = granted(ask(issued(bob), { principal: bob }));
    now = HOUR;
    ca.revoke([{ principal: alice }], {}, at());
    refuses("ERR_ISSUER_REVOKED", second);
    refuses("ERR_ISSUER_REVOKED", own);
    granted(ask(others, { principal: bob }));
    now += 1_000;
    granted(ask(issued(alice)));
  });

  test("nothing that is good because another certificate of the principal was revoked by its serial number", () => {
    const second = granted(ask(issued(alice)));
    const third = granted(ask(second));
    now = HOUR;
    ca.revoke([{ serial: second.serial }], {}, at());
    refuses("ERR_ISSUER_REVOKED", second);
    granted(ask(third));
  });

  test("a key that is another principal's, whether it was shown or certified", () => {
    const bobs = issued(bob);
    const next = newKey();
    granted(ask(bobs, { principal: bob, key: next }));
    for (const key of [readPrivateKey(bobs.privateKeyPem), next]) {
      refuses("ERR_ISSUER_KEY_IN_USE", issued(alice), { key });
    }
  });
});

describe("lists", () => {
  test("are told to whoever is good, and not too often", () => {
    const view = {
      trustBundlePem: ca.authority.rootPem,
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
    };
    const asked = (chain: readonly Uint8Array[]): string | undefined =>
      Object(issuer.handleListsAsked(chain, false, view, { wall: at(), monotonic: now })).code as string | undefined;
    const chain = readCertificatePem(issued(alice).certificateChainPem);
    const answers = Array.from({ length: 100 }, () => asked(chain));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(RENEWALS_AT_ONCE);
    expect(answers.at(-1)).toBe("ERR_ISSUER_RATE");
    expect(asked(readCertificatePem(issued(bob).certificateChainPem))).toBeUndefined();
    expect(asked([])).toBe("ERR_ISSUER_CERTIFICATE");
    now += LISTS_ASKED_MS;
    expect(asked(chain)).toBeUndefined();
    // Renewals are counted by themselves.
    granted(ask(issued(alice)));
  });

  test("cost nobody anything who has them and waits for others", () => {
    const view = {
      trustBundlePem: ca.authority.rootPem,
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
    };
    const chain = readCertificatePem(issued(alice).certificateChainPem);
    const asked = (isKnown: boolean) => issuer.handleListsAsked(chain, isKnown, view, { wall: at(), monotonic: now });
    for (let count = 0; count < 100; count++) expect(asked(true)).toHaveProperty("keyHash");
    expect(asked(false)).toHaveProperty("keyHash");
  });
});

describe("ten thousand requests", () => {
  test("of one principal get it a few certificates, and others theirs", () => {
    const own = issued(alice);
    const key = newKey();
    const answers = Array.from({ length: 200 }, () => ask(own, { key }));
    expect(answers.filter((answer) => !("code" in answer))).toHaveLength(RENEWALS_AT_ONCE);
    expect(answers.at(-1)).toMatchObject({ code: "ERR_ISSUER_RATE" });
    granted(ask(issued(bob), { principal: bob }));
    now += LIFE / 10;
    granted(ask(own));
  });

  test("of ten thousand principals get as many as there may be at once, and later more", () => {
    const rates = new RenewalRates(LIFE);
    const answers = Array.from({ length: 10_000 }, (_, index) => rates.take(`user/${index}`, 0));
    expect(answers.filter((answer) => answer === "taken")).toHaveLength(RENEWALS_OF_ALL_AT_ONCE);
    expect(rates.take("user/x", 0)).toBe("all");
    expect(rates.take("user/x", 1_000)).toBe("taken");
  });

  test("of more principals than are counted make room for those that have not asked for long", () => {
    const rates = new RenewalRates(LIFE);
    let time = 0;
    for (let index = 0; index < RENEWING_PRINCIPALS_MAX; index++)
      expect(rates.take(`${index}`, (time += 1_000))).toBe("taken");
    expect(rates.take("one more", time + 1_000)).toBe("taken");
    // None of a busy table is forgotten: that would let it begin anew.
    const busy = new RenewalRates(LIFE * 1e6);
    time = 0;
    for (let index = 0; index < RENEWING_PRINCIPALS_MAX; index++) busy.take(`${index}`, (time += 1_000));
    expect(busy.take("one more", time + 1_000)).toBe("all");
  });
});
