import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { id_ce_keyUsage, KeyUsageFlags } from "@peculiar/asn1-x509";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  CA_FILES,
  type CertificateAuthority,
  createCa,
  openCa,
  readCaStatus,
} from "../src/authority/ca/drivers/ca-folder.ts";
import { type RevocationListContent, writeRevocationList } from "../src/authority/ca/revocation-list-writer.ts";
import { parseSerial, type RevocationTarget } from "../src/authority/ca/revoking.ts";
import { readCertificate } from "../src/certificates/certificate.ts";
import { readCertificatePem, writeCertificatePem, writePem } from "../src/certificates/pem.ts";
import { type Credentials } from "../src/credentials.ts";
import { readPrivateKey } from "../src/private-key.ts";
import type { PrincipalKind } from "../src/principal.ts";
import { REVOCATION_FILE } from "../src/revocation/drivers/crl-file.ts";
import { checkRevocationLists } from "../src/revocation/list-file.ts";
import type { RevocationList } from "../src/revocation/revocations.ts";
import { ca as madeCa, keyUsage, now } from "./certificates.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-ca-revocation-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const dayMs = 86_400_000;
const days = (count: number): Date => new Date(now.getTime() + count * dayMs);

let count = 0;
let folder = "";
let ca: CertificateAuthority;
beforeEach(() => {
  folder = join(base, `ca-${count++}`);
  ca = createCa(folder, { cluster: "demo" }, now);
});

const principal = (name: string, kind: PrincipalKind = "user"): RevocationTarget => ({
  principal: { cluster: "demo", kind, name },
});

/** The list in the CA folder, checked as a node that has the identity checks it. */
function listFor(identity: Credentials, at: Date = now): RevocationList {
  const [list] = checkRevocationLists(readFileSync(join(folder, CA_FILES.revocationList), "utf8"), identity, at);
  return list!;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "";
}

/** A list that the CA's key signs and its record does not know. */
function listContentOf({ authority }: CertificateAuthority): RevocationListContent {
  const root = readCertificate(readCertificatePem(authority.certificatePem)[0]!);
  return {
    signingKey: readPrivateKey(authority.privateKeyPem),
    issuer: root.subject,
    issuerKeyId: root.subjectKeyId!,
    number: 17,
    thisUpdate: now,
    nextUpdate: days(1),
    revocations: [],
  };
}

describe("revoking", () => {
  test("a principal revokes all of its certificates that have not ended, and nothing else", () => {
    const ended = ca.issue({ kind: "user", name: "alice", days: 1 }, now);
    const at = days(2);
    const mine = [ca.issue({ kind: "user", name: "alice" }, now), ca.issue({ kind: "user", name: "alice" }, at)];
    const others = [
      ca.issue({ kind: "service", name: "alice" }, now),
      ca.issue({ kind: "user", name: "alice2" }, now),
      ended,
    ];
    const { certificates, list } = ca.revoke([principal("alice")], { reason: "key-compromise" }, at);
    expect(certificates.map(({ serial, certificate }) => [serial, certificate?.notAfter])).toEqual(
      mine.map(({ serial, notAfter }) => [serial, notAfter]),
    );
    expect(list).toMatchObject({ number: 1, entries: 2 });
    const again = ca.issue({ kind: "user", name: "alice" }, at);
    const { serials, number } = listFor(mine[0]!, at);
    expect({ size: serials.size, number }).toEqual({ size: 2, number: 1n });
    for (const { serial } of mine) expect(serials.has(serial)).toBe(true);
    for (const { serial } of [...others, again]) expect(serials.has(serial)).toBe(false);
  });

  test("a serial number revokes one certificate", () => {
    const [first, second] = [
      ca.issue({ kind: "vertex", name: "a" }, now),
      ca.issue({ kind: "vertex", name: "a" }, now),
    ];
    ca.revoke([{ serial: first.serial }], {}, now);
    expect([first, second].map(({ serial }) => listFor(first).serials.has(serial))).toEqual([true, false]);
  });

  test("twice is said, and recorded once", () => {
    const { serial } = ca.issue({ kind: "user", name: "alice" }, now);
    ca.revoke([principal("alice")], { reason: "superseded" }, now);
    const { certificates, list } = ca.revoke([principal("alice"), { serial }], { reason: "key-compromise" }, days(1));
    expect(certificates).toMatchObject([{ serial, earlier: { at: now, reason: "superseded" } }]);
    expect(list).toMatchObject({ number: 2, entries: 1 });
    expect(readFileSync(join(folder, CA_FILES.record), "utf8").match(/"kind":"revoked"/g)).toHaveLength(1);
  });

  test.each([
    ["a principal that never was", principal("bob")],
    ["a principal of another kind", principal("alice", "service")],
    ["a principal of another cluster", { principal: { cluster: "other", kind: "user", name: "alice" } } as const],
    ["a principal whose certificates have ended for too long to be shown", principal("gone")],
    ["a serial number that was never given", { serial: "4100" }],
  ])("%s is an error, and revokes none of the others", (_, target) => {
    ca.issue({ kind: "user", name: "alice", days: 365 }, now);
    ca.issue({ kind: "user", name: "gone", days: 1 }, now);
    expect(codeOf(() => ca.revoke([principal("alice"), target], {}, days(92)))).toBe("ERR_IDENTITY_NOT_ISSUED");
    expect(readCaStatus(folder).record.revocations.size).toBe(0);
    expect(existsSync(join(folder, CA_FILES.revocationList))).toBe(false);
  });

  test("a principal whose certificates have ended is revoked while they may be shown to an issuer", () => {
    const { serial } = ca.issue({ kind: "user", name: "gone", days: 1 }, now);
    expect(ca.revoke([principal("gone")], {}, days(30)).certificates).toMatchObject([{ serial }]);
  });

  test("what another tool issued takes its serial number, and the word that it is meant", () => {
    const identity = ca.issue({ kind: "user", name: "alice" }, now);
    ca.revoke([{ serial: "00ff17", mayBeUnrecorded: true }], {}, now);
    expect(listFor(identity).serials.has("00ff17")).toBe(true);
  });

  test.each([
    ["41ab", "41ab"],
    ["41AB", "41ab"],
    ["41:AB:0c", "41ab0c"],
    ["0x1ab", "01ab"],
    ["0041ab", "41ab"],
    // A number's first octet says whether it is negative: openssl leaves the zero out, and DER has it.
    ["FF17", "00ff17"],
    ["00ff17", "00ff17"],
  ])("a serial number may be written as %s", (text, serial) => {
    expect(parseSerial(text)).toBe(serial);
  });

  test.each(["", "0", "0x", "xyz", "41 ab", "41ab:", "-41", "1".repeat(41)])("a serial number is not %j", (text) => {
    expect(codeOf(() => parseSerial(text))).toBe("ERR_IDENTITY_SERIAL");
  });
});

describe("revocation lists", () => {
  test("are numbered, valid from five minutes before, and for as long as the one before", () => {
    const at = new Date(now.getTime() + 250);
    const lists = [undefined, 7, undefined].map((days) =>
      ca.makeRevocationList(days === undefined ? {} : { days }, at),
    );
    expect(lists.map(({ number, nextUpdate }) => [number, nextUpdate])).toEqual([
      [1, days(30)],
      [2, days(7)],
      [3, days(7)],
    ]);
    expect(lists[0]!.thisUpdate).toEqual(new Date(now.getTime() - 300_000));
    const found = listFor(ca.issue({ kind: "user", name: "alice" }, now));
    expect(found).toMatchObject({ number: 3n, thisUpdate: lists[2]!.thisUpdate, nextUpdate: days(7) });
    expect(ca.revocationListPem).toBe(lists[2]!.pem);
    expect(statSync(join(folder, CA_FILES.revocationList)).mode & 0o777).toBe(0o644);
  });

  test("are in the folders that are issued after them; one that is not in order lets none be issued", () => {
    const into = (name: string): string => join(base, `${name}-${count}`);
    const listIn = (name: string): string => join(into(name), REVOCATION_FILE);
    ca.issueInto(into("early"), { kind: "vertex", name: "a" }, now);
    expect(existsSync(listIn("early"))).toBe(false);
    const { pem } = ca.makeRevocationList({}, now);
    ca.issueInto(into("late"), { kind: "vertex", name: "b" }, now);
    expect(readFileSync(listIn("late"), "utf8")).toBe(pem);
    const record = (): string => readFileSync(join(folder, CA_FILES.record), "utf8");
    const before = record();
    const other = createCa(into("other"), { cluster: "demo" }, now);
    writeFileSync(join(folder, CA_FILES.revocationList), other.makeRevocationList({}, now).pem);
    const never = (): unknown => ca.issueInto(into("never"), { kind: "vertex", name: "c" }, now);
    expect(codeOf(never)).toBe("ERR_IDENTITY_LIST_UNTRUSTED");
    expect([record(), existsSync(into("never"))]).toEqual([before, false]);
  });

  test("go on after a crash between the record and the file, with the next number", () => {
    ca.issue({ kind: "user", name: "alice" }, now);
    ca.revoke([principal("alice")], {}, now);
    const listPath = join(folder, CA_FILES.revocationList);
    const before = readFileSync(listPath);
    ca.makeRevocationList({}, now);
    writeFileSync(listPath, before);
    expect(readCaStatus(folder).isListThere).toBe(false);
    expect(openCa(folder).makeRevocationList({}, now).number).toBe(3);
    expect(readCaStatus(folder).isListThere).toBe(true);
  });

  test("go on from the newest one, when the folder comes from an older copy", () => {
    const copy = join(base, `copy-${count}`);
    const identities = ["alice", "bob"].map((name) => ca.issue({ kind: "user", name }, now));
    ca.revoke([principal("alice")], { reason: "superseded" }, now);
    cpSync(folder, copy, { recursive: true });
    const late = ca.issue({ kind: "user", name: "carol" }, now);
    for (const name of ["carol", "bob"]) ca.revoke([principal(name)], {}, now);
    const newest = readFileSync(join(folder, CA_FILES.revocationList));

    // The operator brings the newest list to the copy of the CA: any node has that list.
    writeFileSync(join(copy, CA_FILES.revocationList), newest);
    const restored = openCa(copy);
    expect(restored.makeRevocationList({}, now)).toMatchObject({ number: 4, entries: 3 });
    expect(restored.makeRevocationList({}, now)).toMatchObject({ number: 5, entries: 3 });
    const { revocations } = readCaStatus(copy).record;
    expect([...revocations.keys()].toSorted()).toEqual([...identities, late].map(({ serial }) => serial).toSorted());
    expect(revocations.get(identities[0]!.serial)!.reason).toBe("superseded");
  });

  test("go on from the newest one in a file of a node, which holds those of other CAs, too", () => {
    const identity = ca.issue({ kind: "user", name: "alice" }, now);
    const copy = join(base, `copy-${count}`);
    cpSync(folder, copy, { recursive: true });
    const [other, older] = [createCa(`${folder}-other`, { cluster: "demo" }, now), ca.makeRevocationList({}, now)];
    const newest = ca.revoke([principal("alice")], {}, now).list;
    // The file is as `flor identity install` writes it: an intermediate CA's list with its certificate.
    const texts = [other.makeRevocationList({}, now).pem, other.authority.certificatePem, newest.pem, older.pem];
    writeFileSync(join(copy, CA_FILES.revocationList), texts.join(""));
    const restored = openCa(copy);
    expect(restored.makeRevocationList({}, now)).toMatchObject({ number: newest.number + 1, entries: 1 });
    expect([...readCaStatus(copy).record.revocations.keys()]).toEqual([identity.serial]);
  });

  test("are not made after one whose number leaves no other", () => {
    const list = { ...listContentOf(ca), number: Number.MAX_SAFE_INTEGER };
    writeFileSync(join(folder, CA_FILES.revocationList), writePem("X509 CRL", writeRevocationList(list)));
    expect(codeOf(() => ca.makeRevocationList({}, now))).toBe("ERR_IDENTITY_LIST_BROKEN");
    expect(readCaStatus(folder).record.lists).toEqual([]);
  });

  test.each([
    ["is damaged", () => ca.makeRevocationList({}, now).pem.slice(0, 200)],
    ["another CA made", () => createCa(`${folder}-other`, { cluster: "demo" }, now).makeRevocationList({}, now).pem],
    ["is none", () => "x"],
  ])("take nothing from a file that %s", (_, text) => {
    const before = readCaStatus(folder).record.lists.length;
    writeFileSync(join(folder, CA_FILES.revocationList), text());
    const { number } = ca.makeRevocationList({}, now);
    expect(number).toBe(readCaStatus(folder).record.lists.length);
    expect(number).toBeGreaterThan(before);
    expect(readCaStatus(folder).record.revocations.size).toBe(0);
  });

  test("name a certificate until one that was made a week after its end has named it", () => {
    ca.issue({ kind: "user", name: "alice", days: 10 }, now);
    ca.revoke([principal("alice")], {}, now);
    ca.revoke([{ serial: "41ff", mayBeUnrecorded: true }], {}, now);
    const entries = [1, 12, 16, 18, 19].map((day) => ca.makeRevocationList({}, days(day)).entries);
    expect(entries).toEqual([2, 2, 2, 2, 1]);
  });

  test("drop nothing for a clock that was wrong for a while", () => {
    ca.issue({ kind: "user", name: "alice", days: 10 }, now);
    ca.revoke([principal("alice")], {}, now);
    const entries = [1000, 1, 2].map((day) => ca.makeRevocationList({}, days(day)).entries);
    expect(entries).toEqual([1, 1, 1]);
  });

  test.each([
    ["for no days", () => ca.revoke([principal("alice")], { days: 0 }, now), "ERR_IDENTITY_DAYS"],
    [
      "by a CA that has ended",
      () => ca.revoke([{ serial: "41", mayBeUnrecorded: true }], {}, days(4000)),
      "ERR_IDENTITY_EXPIRED",
    ],
  ])("are not made %s, and then nothing is revoked", (_, action, code) => {
    ca.issue({ kind: "user", name: "alice" }, now);
    expect(codeOf(action)).toBe(code);
    expect(readCaStatus(folder).record).toMatchObject({ revocations: new Map(), lists: [] });
  });

  test("are not made by a root that may not sign them", () => {
    const root = madeCa("demo", { extensions: { [id_ce_keyUsage]: keyUsage(KeyUsageFlags.keyCertSign) } });
    const other = join(base, "certificates-only");
    mkdirSync(other);
    writeFileSync(join(other, CA_FILES.certificate), writeCertificatePem(root.der));
    const pem = root.key.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(other, CA_FILES.key), pem, { mode: 0o600 });
    expect(codeOf(() => openCa(other).makeRevocationList({}, now))).toBe("ERR_IDENTITY_KEY_USAGE");
  });
});
