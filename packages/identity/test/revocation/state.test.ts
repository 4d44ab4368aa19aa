/** Lists that are in force from the start: lists in `crl.pem`, and lists that the state folder keeps. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { id_ce_subjectAltName } from "@peculiar/asn1-x509";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HeldIdentity, HeldTrust, writeCertificatePem } from "../../src/index.ts";
import { ca } from "../certificates.ts";
import { era, hour, ListLab, listOf, numbersOf, other, replace, root, second, today } from "./list-lab.ts";

const isRoot = process.getuid?.() === 0;

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

describe("a start", () => {
  const refused: readonly (readonly [string, () => string, string])[] = [
    ["broken", () => "hello", "ERR_IDENTITY_PEM_BROKEN"],
    ["another's", () => listOf(1, {}, other), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["not valid yet", () => listOf(1, { thisUpdate: new Date(today + hour) }), "ERR_IDENTITY_LIST_NOT_YET_VALID"],
    ["too large", () => "x".repeat(16_777_217), "ERR_IDENTITY_FILE_UNREADABLE"],
  ];
  test.each(refused)("with a crl.pem that is %s is refused, by `open` as by a check", async (_, text, code) => {
    writeFileSync(lab.file, text());
    expect(await lab.refusal()).toMatchObject({ code, where: { file: lab.file } });
    expect(await lab.check()).toMatchObject({ problems: [{ code, where: { file: lab.file } }], warnings: [] });
    expect(lab.kept).toEqual([]);
  });

  test("is checked without a trace", async () => {
    expect(await lab.check()).toEqual({ problems: [], warnings: [] });
    writeFileSync(lab.file, listOf(3));
    expect(await lab.check()).toEqual({ problems: [], warnings: [] });
    writeFileSync(lab.file, listOf(4, { serials: [lab.identity.credentials.certificates[0]!.serial] }));
    const warnings = [{ code: "ERR_IDENTITY_REVOKED", where: { file: lab.folder } }];
    expect(await lab.check()).toMatchObject({ problems: [], warnings });
    expect(lab.kept).toEqual([]);
    expect(lab.codes).toEqual([]);
  });

  test("and a check know what is kept: a newer list than the folder's, and a damaged one that is nowhere else", async () => {
    writeFileSync(lab.file, listOf(7, { serials: [lab.identity.credentials.certificates[0]!.serial] }));
    (await lab.open()).close();
    writeFileSync(lab.file, listOf(6));
    const warnings = [
      { code: "ERR_IDENTITY_LIST_OLDER", where: { file: lab.file } },
      { code: "ERR_IDENTITY_REVOKED", where: { file: lab.folder } },
    ];
    expect(await lab.check()).toMatchObject({ problems: [], warnings });
    writeFileSync(join(lab.state, readdirSync(lab.state)[0]!), "damaged");
    expect(await lab.check()).toMatchObject({ problems: [{ code: "ERR_IDENTITY_LIST_LOST" }] });
    expect(await lab.refusal()).toMatchObject({ code: "ERR_IDENTITY_LIST_LOST" });
  });

  test("takes the list of a root that another identity of the process trusts, as a check does", async () => {
    const folder = lab.makeIdentity("b", other);
    writeFileSync(lab.file, listOf(3, {}, other));
    const identities = [lab.identity, new HeldIdentity(folder, {})];
    expect(numbersOf(await lab.open({ identities }))).toEqual(["3"]);
    expect(await lab.check({ identities })).toEqual({ problems: [], warnings: [] });
    expect(await lab.refusal()).toMatchObject({ code: "ERR_IDENTITY_LIST_UNTRUSTED" });
  });

  test("is taken out of a folder that holds roots and no identity, as a check does", async () => {
    const folder = join(lab.folder, "..", "trust");
    mkdirSync(folder);
    writeFileSync(join(folder, "trust.pem"), writeCertificatePem(other.der));
    writeFileSync(join(folder, "crl.pem"), listOf(4, {}, other));
    const trust = new HeldTrust(folder, "demo");
    expect(numbersOf(await lab.open({ identities: [lab.identity, trust] }))).toEqual(["4"]);
    expect(await lab.check({ trust })).toEqual({ problems: [], warnings: [] });
  });

  test("with an older number than the kept one goes on with the kept one, loudly", async () => {
    writeFileSync(lab.file, listOf(7));
    (await lab.open()).close();
    lab.events.length = 0;
    replace(lab.file, listOf(6, { serials: [] }));
    const held = await lab.open();
    expect(numbersOf(held)).toEqual(["7"]);
    expect(lab.events[1]).toMatchObject({
      code: "REVOCATION_REFUSED",
      level: "error",
      reason: "ERR_IDENTITY_LIST_OLDER",
      file: lab.file,
    });
  });

  test("where lists are required and there is none tells so", async () => {
    const held = await lab.open({ policy: { isRequired: true, graceMs: 0 } });
    expect(lab.codes).toEqual(["REVOCATION_MISSING"]);
    expect(held.status().mode).toBe("required");
  });

  test("with a list that has ended tells so, and that it binds", async () => {
    writeFileSync(lab.file, listOf(7, { nextUpdate: new Date(today - second) }));
    const held = await lab.open();
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_EXPIRED"]);
    expect(held.status().lists[0]).toMatchObject({ isExpired: true, state: "expired" });
    expect((await lab.check()).warnings).toMatchObject([{ code: "ERR_IDENTITY_REVOCATION_EXPIRED" }]);
  });
});

describe("the kept list", () => {
  const damage = (text: (whole: Buffer) => Uint8Array | string): void => {
    for (const name of readdirSync(lab.state)) {
      const path = join(lab.state, name);
      writeFileSync(path, text(readFileSync(path)));
    }
  };
  const flip =
    (at: number): ((whole: Buffer) => Buffer) =>
    (whole) => {
      whole[at]! ^= 1;
      return whole;
    };
  const damages: readonly (readonly [string, (whole: Buffer) => Uint8Array | string])[] = [
    ["empty", () => ""],
    ["cut off", (whole) => whole.subarray(0, -20)],
    ["changed in its sum", flip(12)],
    ["changed in the list", flip(300)],
    ["changed in its last line", (whole) => flip(whole.length - 3)(whole)],
    ["something else", () => "hello"],
  ];
  beforeEach(async () => {
    writeFileSync(lab.file, listOf(7));
    (await lab.open()).close();
    lab.events.length = 0;
  });

  test.each(damages)("that is %s stops the start when no folder has it or a newer one", async (_, text) => {
    damage(text);
    rmSync(lab.file);
    const where = { file: expect.stringContaining(lab.state) as string };
    expect(await lab.refusal()).toMatchObject({ code: "ERR_IDENTITY_LIST_LOST", where });
    writeFileSync(lab.file, listOf(6));
    expect(await lab.refusal()).toMatchObject({ code: "ERR_IDENTITY_LIST_LOST" });
    for (const number of [7, 8]) {
      replace(lab.file, listOf(number));
      const held = await lab.open();
      expect(numbersOf(held)).toEqual([String(number)]);
      expect(lab.kept).toEqual([`#-${number}.pem`]);
      held.close();
    }
    expect(lab.codes).toContain("REVOCATION_REFUSED");
    rmSync(lab.file);
    expect(numbersOf(await lab.open())).toEqual(["8"]);
  });

  test("binds although the clock was set back behind its begin", async () => {
    rmSync(lab.file);
    const early = listOf(9, { thisUpdate: new Date(today + hour) });
    const [name] = readdirSync(lab.state);
    // The clock is such that a kept list begins only in an hour.
    const sum = createHash("sha256").update(early).digest("hex");
    writeFileSync(join(lab.state, name!.replace("-7.", "-9.")), `SHA-256 ${sum}\n${early}`);
    expect(numbersOf(await lab.open())).toEqual(["9"]);
  });

  test("goes by its content, where somebody has renamed it", async () => {
    const [name] = readdirSync(lab.state);
    renameSync(join(lab.state, name!), join(lab.state, name!.replace("-7.", "-9.")));
    replace(lab.file, listOf(8));
    (await lab.open()).close();
    rmSync(lab.file);
    expect(numbersOf(await lab.open())).toEqual(["8"]);
  });

  test("of a root that is trusted no more is not used, and is when the root returns", async () => {
    rmSync(lab.file);
    const trust = join(lab.folder, "trust.pem");
    lab.makeIdentity("a", other);
    lab.identity = new HeldIdentity(lab.folder, {});
    const held = await lab.open();
    expect(numbersOf(held)).toEqual([]);
    expect(lab.events).toEqual([expect.objectContaining({ code: "REVOCATION_DROPPED", level: "info", number: "7" })]);
    replace(trust, writeCertificatePem(other.der, root.der));
    expect(lab.identity.reload().code).toBe("IDENTITY_RELOADED");
    await held.reload();
    expect(numbersOf(held)).toEqual(["7"]);
    expect(lab.changes).toBe(1);
    replace(trust, writeCertificatePem(other.der));
    lab.identity.reload();
    await held.reload();
    expect(numbersOf(held)).toEqual([]);
    expect(lab.events.at(-1)).toMatchObject({ code: "REVOCATION_DROPPED", number: "7" });
    expect(lab.kept).toEqual(["#-7.pem"]);
    const told = lab.events.length;
    await held.reload();
    expect(lab.events.slice(told)).toEqual([]);
  });

  test("of an intermediate CA has the certificates with it that it needs", async () => {
    const upper = ca("demo", { ...era, issuer: root, extensions: { [id_ce_subjectAltName]: null } });
    const lower = ca("demo", { ...era, issuer: upper, extensions: { [id_ce_subjectAltName]: null } });
    replace(lab.file, `${listOf(7)}${listOf(2, {}, lower)}${writeCertificatePem(lower.der, upper.der)}`);
    (await lab.open()).close();
    rmSync(lab.file);
    expect(numbersOf(await lab.open()).sort()).toEqual(["2", "7"]);
  });

  test("is not written in the place of what cannot be read", async () => {
    rmSync(lab.state, { recursive: true });
    writeFileSync(lab.state, "a file");
    expect(await lab.refusal()).toMatchObject({ code: "ERR_IDENTITY_FILE_UNREADABLE", where: { file: lab.state } });
  });

  test("leaves nothing else behind, and nothing else in the folder matters", async () => {
    writeFileSync(join(lab.state, "notes.txt"), "hello");
    writeFileSync(join(lab.state, `.${"0".repeat(64)}.new`), "half");
    replace(lab.file, listOf(9));
    expect(numbersOf(await lab.open())).toEqual(["9"]);
    expect(lab.kept).toEqual(expect.arrayContaining(["#-9.pem", "notes.txt"]));
    expect(lab.kept).not.toContain("#-7.pem");
  });
});

describe("a state folder that cannot be written", () => {
  test("is told loudly, and the list is in force; a reload tries again", async () => {
    const target = join(lab.base, "later");
    const link = join(lab.base, "link");
    symlinkSync(target, link);
    lab.state = join(link, "demo");
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_NOT_KEPT"]);
    expect(lab.events[1]).toMatchObject({ level: "error", reason: "ERR_IDENTITY_WRITE_FAILED" });
    expect(held.status().lists[0]).toMatchObject({ number: "7", isKept: false });
    mkdirSync(target);
    await held.reload();
    expect(held.status().lists[0]).toMatchObject({ number: "7", isKept: true });
    expect(lab.codes.slice(2)).toEqual(["REVOCATION_UNCHANGED"]);
    rmSync(lab.state, { recursive: true });
    await held.reload();
    expect(held.status().lists[0]).toMatchObject({ isKept: true });
    expect(lab.kept).toEqual(["#-7.pem"]);
  });

  test.skipIf(!isRoot)("because its disk is full keeps the older one", async () => {
    const disk = join(lab.base, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]);
    try {
      lab.state = join(disk, "demo");
      writeFileSync(lab.file, listOf(7));
      const held = await lab.open();
      replace(lab.file, listOf(8, { serials: Array.from({ length: 500 }, (_, i) => String(700_000 + i)) }));
      await lab.untilCode("REVOCATION_NOT_KEPT");
      expect(numbersOf(held)).toEqual(["8"]);
      expect(lab.kept).toEqual(["#-7.pem"]);
      held.close();
      rmSync(lab.file);
      expect(numbersOf(await lab.open())).toEqual(["7"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
