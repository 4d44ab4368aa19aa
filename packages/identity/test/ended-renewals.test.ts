/** A certificate that has ended is followed by another one of its key, by the issuer that has made it, a few times and for some time. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CertificateAuthority,
  createCa,
  findOrphans,
  Issuer,
  type IssuedCertificate,
  type IssuedIdentity,
  type IssuerRefusal,
  openCa,
} from "../src/authority/index.ts";
import { writeRequest } from "../src/authority/enrollment/request.ts";
import { checkRevocationLists, type Principal, readCertificatePem, Revocations } from "../src/index.ts";
import {
  DAY_MS,
  ENDED_RENEWALS_EACH_MAX,
  ENDED_RENEWALS_MS,
  ENDED_RENEWALS_OF_KEY_MAX,
  ENDED_RENEWALS_OF_KEY_MS,
  ENDED_SHOWN_MS,
  LISTED_AFTER_END_MS,
} from "../src/limits.ts";
import { readPrivateKey } from "../src/private-key.ts";

const LIFE = DAY_MS;
const start = Date.now();
const vertex: Principal = { cluster: "demo", kind: "vertex", name: "a" };
const other: Principal = { cluster: "demo", kind: "vertex", name: "b" };

let folder: string;
let root: CertificateAuthority;
let ca: CertificateAuthority;
let issuer: Issuer;
let listsPem: string;
/** Milliseconds since the start. */
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ended-"));
  root = createCa(join(folder, "ca"), { cluster: "demo" }, new Date(start));
  ca = root.makeIntermediate(join(folder, "issuer"), {}, new Date(start));
  issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
  listsPem = "";
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (): Date => new Date(start + now);
const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const keyOf = ({ privateKeyPem }: IssuedIdentity): KeyObject => readPrivateKey(privateKeyPem);
const issued = (by: CertificateAuthority, { kind, name }: Principal = vertex): IssuedIdentity =>
  by.issue({ kind, name, days: 1 }, at());

interface Wish {
  readonly key: KeyObject;
  readonly principal?: Principal;
  readonly nodeFault?: string;
  /** The certificate is shown before its end. */
  readonly isInTime?: boolean;
  /** The CA of the issuer that is asked; default: that of all tests. */
  readonly by?: CertificateAuthority;
}

function ask(shown: { readonly certificateChainPem: string }, wish: Wish): IssuedCertificate | IssuerRefusal {
  const { key, principal = vertex, nodeFault, isInTime = false, by = ca } = wish;
  const { rootPem: trustBundlePem } = ca.authority;
  const revocations = new Revocations({ isRequired: false, graceMs: 0 });
  const judged = { principal: vertex, trustBundlePem, certificateChainPem: shown.certificateChainPem };
  if (listsPem !== "") for (const list of checkRevocationLists(listsPem, judged, at())) revocations.put(list);
  const clocks = { wall: at(), monotonic: now };
  const asked = { chain: readCertificatePem(shown.certificateChainPem), request: writeRequest(principal, key) };
  return by.decide((record) => {
    const view = { trustBundlePem, revocations, record, nodeFault };
    return isInTime ? issuer.handleRequest(asked, view, clocks) : issuer.handleEndedRequest(asked, view, clocks);
  }, at());
}

function granted(answer: IssuedCertificate | IssuerRefusal): IssuedCertificate {
  if ("code" in answer) throw new Error(`${answer.code}: ${answer.text}`);
  return answer;
}

function refuses(code: string, shown: { readonly certificateChainPem: string }, wish: Wish): void {
  const { size } = ca.record.certificates;
  expect(ask(shown, wish)).toMatchObject({ code });
  expect(ca.record.certificates.size).toBe(size);
}

describe("an issuer gives a certificate for one that has ended", () => {
  test("to the key of the record, for the usual life, and says so in its record", () => {
    const own = issued(ca);
    now = 40 * DAY_MS;
    const next = granted(ask(own, { key: keyOf(own) }));
    expect(next).toMatchObject({ principal: vertex, keyHash: own.keyHash });
    expect(next.notAfter.getTime()).toBe(Math.floor(at().getTime() / 1000) * 1000 + LIFE);
    expect(openCa(join(folder, "issuer")).record.certificates.get(next.serial)!.renewal).toMatchObject({
      shownKeyHash: own.keyHash,
      hadEnded: true,
    });
    // From then on it is renewed in time, by another key.
    now += LIFE / 2;
    granted(ask(next, { key: newKey(), isInTime: true }));
  });

  test("to the key that was certified in an answer that was lost, and to no key before that", () => {
    const own = issued(ca);
    now = LIFE / 2;
    const lost = newKey();
    granted(ask(own, { key: lost, isInTime: true }));
    now = 40 * DAY_MS;
    refuses("ERR_ISSUER_ENDED_KEY", own, { key: keyOf(own) });
    granted(ask(own, { key: lost }));
  });

  test("to what came from the root by a renewal, and after the root has revoked that to nobody, however long ago", () => {
    const first = issued(root);
    const second = newKey();
    const own = granted(ask(first, { key: second, isInTime: true }));
    now = LIFE + 1_000;
    granted(ask(own, { key: second }));
    listsPem = root.revoke([{ serial: root.record.certificatesOf("spiffe://demo/vertex/a")[0]!.serial }], {}, at()).list
      .pem;
    refuses("ERR_ISSUER_REVOKED", own, { key: second });
    const revocations = new Revocations({ isRequired: false, graceMs: 0 });
    const judged = {
      principal: vertex,
      trustBundlePem: ca.authority.rootPem,
      certificateChainPem: own.certificateChainPem,
    };
    for (const list of checkRevocationLists(listsPem, judged, at())) revocations.put(list);
    const orphans = findOrphans(ca.record, revocations, at());
    expect(orphans.map(({ serial }) => serial)).toContain(own.serial);
    ca.revoke(
      orphans.map(({ serial }) => ({ serial })),
      {},
      at(),
    );
    // The root's list has forgotten it by then.
    now += LISTED_AFTER_END_MS + DAY_MS;
    listsPem = "";
    refuses("ERR_ISSUER_REVOKED", own, { key: second });
  });
});

describe("an issuer gives none, and records nothing:", () => {
  test("by the way of those that have not ended, and to those that have not ended by this way", () => {
    const own = issued(ca);
    now = LIFE / 2;
    refuses("ERR_ISSUER_ENDED", own, { key: keyOf(own) });
    now = LIFE + 1_000;
    refuses("ERR_ISSUER_CERTIFICATE", own, { key: keyOf(own), isInTime: true });
  });

  test("for another key, a key of somebody else, and another principal", () => {
    const own = issued(ca);
    const others = issued(ca, other);
    now = LIFE + 1_000;
    refuses("ERR_ISSUER_ENDED_KEY", own, { key: newKey() });
    refuses("ERR_ISSUER_KEY_IN_USE", own, { key: keyOf(others) });
    refuses("ERR_ISSUER_PRINCIPAL", own, { key: keyOf(own), principal: other });
  });

  test("for a key that another one has followed: by a renewal, or by a certificate that a person has made", () => {
    const own = issued(ca);
    now = LIFE / 2;
    const second = newKey();
    const next = granted(ask(own, { key: second, isInTime: true }));
    const third = newKey();
    granted(ask(next, { key: third, isInTime: true }));
    now = 3 * LIFE;
    for (const key of [keyOf(own), second, third]) refuses("ERR_ISSUER_ENDED_KEY", own, { key });
    granted(ask(next, { key: third }));
    issued(ca);
    now += 2 * LIFE;
    refuses("ERR_ISSUER_ENDED_KEY", next, { key: third });
  });

  test.each(["another issuer's renewal of it", "a certificate that the root has made"])(
    "for a key that %s has followed, once the record tells of a renewal of that",
    (what) => {
      const own = issued(ca);
      now = LIFE / 2;
      const second = newKey();
      const elsewhere = what.startsWith("another")
        ? granted(
            ask(own, { key: second, isInTime: true, by: root.makeIntermediate(join(folder, "second"), {}, at()) }),
          )
        : issued(root);
      now = LIFE - 1_000;
      const third = newKey();
      const next = granted(ask(elsewhere, { key: third, isInTime: true }));
      now = 3 * LIFE;
      refuses("ERR_ISSUER_ENDED_KEY", own, { key: keyOf(own) });
      granted(ask(next, { key: third }));
      refuses("ERR_ISSUER_ENDED_KEY", own, { key: keyOf(own) });
    },
  );

  test("for no key that another node of the same principal has: both come back", () => {
    const [first, second] = [issued(root), issued(root)];
    now = LIFE / 2;
    const keys = [newKey(), newKey()] as const;
    const own = [first, second].map((each, which) => granted(ask(each, { key: keys[which]!, isInTime: true })));
    now = LIFE;
    const later = newKey();
    const ofFirst = granted(ask(own[0]!, { key: later, isInTime: true }));
    now = 3 * LIFE;
    granted(ask(own[1]!, { key: keys[1] }));
    granted(ask(ofFirst, { key: later }));
  });

  test("for a certificate of the root, of another intermediate CA, and of another root", () => {
    const second = root.makeIntermediate(join(folder, "second"), {}, at());
    const stranger = createCa(join(folder, "stranger"), { cluster: "demo" }, at());
    const [byRoot, bySecond, byStranger] = [root, second, stranger].map((by) => issued(by)) as [
      IssuedIdentity,
      IssuedIdentity,
      IssuedIdentity,
    ];
    now = LIFE + 1_000;
    refuses("ERR_ISSUER_ENDED", byRoot, { key: keyOf(byRoot) });
    // Whether the fabric wants the node is for the issuer to say that has made it.
    refuses("ERR_ISSUER_ENDED", byRoot, { key: keyOf(byRoot), nodeFault: "the agent does not answer" });
    refuses("ERR_ISSUER_ENDED", bySecond, { key: keyOf(bySecond) });
    refuses("ERR_ISSUER_CERTIFICATE", byStranger, { key: keyOf(byStranger) });
    refuses("ERR_ISSUER_CERTIFICATE", { certificateChainPem: root.authority.certificatePem }, { key: newKey() });
  });

  test("for a principal that was revoked, before the end or after it", () => {
    const [own, elsewhere] = [issued(ca), issued(root)];
    now = LIFE / 2;
    const second = granted(ask(own, { key: keyOf(own), isInTime: true }));
    now = 3 * LIFE;
    // None of its certificates is valid any more: those that could be shown are revoked all the same.
    ca.revoke([{ principal: vertex }], {}, at());
    for (const shown of [own, second, elsewhere]) refuses("ERR_ISSUER_REVOKED", shown, { key: keyOf(own) });
    const later = issued(ca);
    ca.revoke([{ serial: ca.record.certificatesOf("spiffe://demo/vertex/a").at(-1)!.serial }], {}, at());
    now += 2 * LIFE;
    refuses("ERR_ISSUER_REVOKED", later, { key: keyOf(later) });
  });

  test("for a node that the fabric does not want", () => {
    const own = issued(ca);
    now = LIFE + 1_000;
    refuses("ERR_ISSUER_NODE", own, {
      key: keyOf(own),
      nodeFault: "no record of the node a is in force in the fabric",
    });
    granted(ask(own, { key: keyOf(own) }));
  });

  test("when it was shown too late, or a CA above it has ended", () => {
    const own = issued(ca);
    now = LIFE + ENDED_SHOWN_MS - 1_000;
    granted(ask(own, { key: keyOf(own) }));
    now += 2_000;
    refuses("ERR_ISSUER_CERTIFICATE", own, { key: keyOf(own) });
    const short = root.makeIntermediate(join(folder, "short"), { days: 1 }, at());
    const below = issued(short);
    now += 2 * DAY_MS;
    refuses("ERR_ISSUER_CERTIFICATE", below, { key: keyOf(below) });
  });

  test("more than a few in an hour, also after a restart, and more than some in a week, and then again some", () => {
    const own = issued(ca);
    now = LIFE + 1_000;
    for (let count = 0; count < ENDED_RENEWALS_EACH_MAX; count++) granted(ask(own, { key: keyOf(own) }));
    for (let count = 0; count < 200; count++) {
      if (count % 50 === 0) issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
      expect(ask(own, { key: keyOf(own) })).toMatchObject({ code: "ERR_ISSUER_RATE" });
    }
    expect(ca.record.certificates.size).toBe(1 + ENDED_RENEWALS_EACH_MAX);
    for (let count = ENDED_RENEWALS_EACH_MAX; count < ENDED_RENEWALS_OF_KEY_MAX; count++) {
      now += ENDED_RENEWALS_MS;
      issuer = new Issuer({ cluster: "demo", lifeMs: LIFE });
      granted(ask(own, { key: keyOf(own) }));
    }
    const first = LIFE + 1_000;
    now = first + ENDED_RENEWALS_OF_KEY_MS - 1_000;
    refuses("ERR_ISSUER_RATE", own, { key: keyOf(own) });
    // The first of them, which came together, are a week old.
    now = first + ENDED_RENEWALS_OF_KEY_MS;
    granted(ask(own, { key: keyOf(own) }));
  });
});
