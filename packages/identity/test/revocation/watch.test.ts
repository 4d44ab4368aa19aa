/** Files of revocation lists that change under a process: in real time, since it watches them. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HeldIdentity } from "../../src/index.ts";
import { readRevocationList } from "../../src/revocation/revocation-list.ts";
import { ca } from "../certificates.ts";
import { listPem, revocationList } from "../revocation-lists.ts";
import {
  aWhile,
  era,
  hour,
  ListLab,
  listOf,
  numbersOf,
  other,
  replace,
  root,
  second,
  today,
  untilNumber,
} from "./list-lab.ts";

/** The watch looks ten times as often as in earnest; no test here depends on the pace. */
vi.mock("../../src/limits.ts", async (load) => ({ ...(await load<object>()), LIST_POLL_MS: 20 }));

function unsigned(number: number): string {
  const der = revocationList(root, { number: BigInt(number) });
  readRevocationList(der).signature.fill(0);
  return listPem(der);
}

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
});
afterEach(async () => {
  vi.useRealTimers();
  await lab[Symbol.asyncDispose]();
});

/** Sets the wall clock; timers go on. */
function setClock(at: Date): void {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
}

describe("a list that arrives", () => {
  test("is in force, is told, and is kept", async () => {
    const held = await lab.open();
    expect(held.status()).toEqual({ mode: "optional", graceMs: hour, lists: [], refused: [], doubts: [] });
    replace(lab.file, listOf(3));
    await untilNumber(held, 3);
    await expect.poll(() => lab.kept).toEqual(["#-3.pem"]);
    expect(lab.changes).toBe(1);
    expect(lab.events).toEqual([
      expect.objectContaining({ code: "REVOCATION_LOADED", level: "info", file: lab.file, number: "3", entries: 1 }),
    ]);
    expect(held.revocations.findRevoked([{ issuer: held.revocations.lists[0]!.issuer, serial: "70" }])).toBeDefined();
    // The file exists before the disk has confirmed its name, and counts as kept only then.
    const kept = [expect.objectContaining({ number: "3", isKept: true, isExpired: false })];
    await expect.poll(() => held.status().lists).toEqual(kept);
  });

  test("is in force when `open` has resolved, without a change being told", async () => {
    writeFileSync(lab.file, listOf(3));
    expect(numbersOf(await lab.open())).toEqual(["3"]);
    expect(lab.changes).toBe(0);
    expect(lab.codes).toEqual(["REVOCATION_LOADED"]);
  });

  test("takes the place of the older one, in the state folder too", async () => {
    writeFileSync(lab.file, listOf(3));
    const held = await lab.open();
    replace(lab.file, listOf(12));
    await untilNumber(held, 12);
    await expect.poll(() => lab.kept).toEqual(["#-12.pem"]);
    expect(lab.changes).toBe(1);
  });

  test("is seen behind a symbolic link that is swapped, and written over in place", async () => {
    for (const number of [1, 2]) {
      mkdirSync(join(lab.base, `v${number}`));
      writeFileSync(join(lab.base, `v${number}`, "crl.pem"), listOf(number));
    }
    symlinkSync(join(lab.base, "v1"), join(lab.base, "current"));
    symlinkSync(join(lab.base, "current", "crl.pem"), lab.file);
    const held = await lab.open();
    symlinkSync(join(lab.base, "v2"), join(lab.base, "current.new"));
    renameSync(join(lab.base, "current.new"), join(lab.base, "current"));
    await untilNumber(held, 2);
    writeFileSync(lab.file, listOf(3));
    await untilNumber(held, 3);
  });

  test("of many in quick succession is the last", async () => {
    const held = await lab.open();
    for (let number = 1; number <= 30; number++) {
      if (number % 2 === 0) replace(lab.file, listOf(number));
      else writeFileSync(lab.file, listOf(number));
      if (number % 7 === 0) await delay(30);
    }
    await untilNumber(held, 30);
    expect(lab.codes.filter((code) => code !== "REVOCATION_LOADED")).toEqual([]);
  });

  test("counts in `next` before the folder itself, as an install that is not finished leaves it", async () => {
    writeFileSync(lab.file, listOf(1));
    mkdirSync(join(lab.folder, "next"));
    writeFileSync(join(lab.folder, "next", "crl.pem"), listOf(2));
    const held = await lab.open();
    expect(numbersOf(held)).toEqual(["2"]);
    renameSync(join(lab.folder, "next", "crl.pem"), lab.file);
    await aWhile();
    replace(join(lab.folder, "next", "crl.pem"), listOf(3));
    await untilNumber(held, 3);
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_LOADED"]);
  });

  test("in any of the folders binds, the highest of them", async () => {
    const folder = lab.makeIdentity("b");
    writeFileSync(lab.file, listOf(5));
    writeFileSync(join(folder, "crl.pem"), listOf(4));
    const held = await lab.open({ identities: [lab.identity, new HeldIdentity(folder, {})] });
    expect(numbersOf(held)).toEqual(["5"]);
    expect(held.status().refused).toEqual([
      expect.objectContaining({ file: join(folder, "crl.pem"), code: "ERR_IDENTITY_LIST_OLDER" }),
    ]);
    replace(join(folder, "crl.pem"), listOf(6));
    await untilNumber(held, 6);
    expect(held.status().refused).toEqual([]);
  });

  test("that begins later is refused, and taken when its time has come, whatever else is in the file", async () => {
    const held = await lab.open();
    const [soon, late] = [new Date(today + hour), new Date(today + 2 * hour)];
    replace(lab.file, `${listOf(2, { thisUpdate: soon })}${listOf(3, { thisUpdate: late })}`);
    await lab.untilCode("REVOCATION_REFUSED");
    expect(lab.events[0]).toMatchObject({ level: "error", reason: "ERR_IDENTITY_LIST_NOT_YET_VALID" });
    setClock(soon);
    await untilNumber(held, 2);
    expect(held.status().refused).toHaveLength(1);
    setClock(late);
    await untilNumber(held, 3);
    expect(held.status().refused).toEqual([]);
  });

  test("that begins later, and is a folder by then, is told of once", async () => {
    const held = await lab.open();
    replace(lab.file, listOf(2, { thisUpdate: new Date(today + hour) }));
    await lab.untilCode("REVOCATION_REFUSED");
    rmSync(lab.file);
    mkdirSync(lab.file);
    await expect.poll(() => held.status().refused[0]?.code).toBe("ERR_IDENTITY_FILE_UNREADABLE");
    setClock(new Date(today + 2 * hour));
    await expect.poll(() => lab.codes).toEqual(["REVOCATION_REFUSED", "REVOCATION_REFUSED"]);
    await aWhile();
    expect(lab.codes).toEqual(["REVOCATION_REFUSED", "REVOCATION_REFUSED"]);
  });

  test("after a reading that failed is in force, by the watch and by a reload", async () => {
    let failures = 0;
    const { folder, identity } = lab;
    const moody = {
      folder,
      get credentials() {
        if (failures-- > 0) throw new RangeError("out of luck");
        return identity.credentials;
      },
    } as HeldIdentity;
    const held = await lab.open({ identities: [moody] });
    failures = 1;
    await expect(held.reload()).rejects.toThrow("out of luck");
    await held.reload();
    const heard: unknown[] = [];
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").once("unhandledRejection", (error) => heard.push(error));
    failures = 1;
    replace(lab.file, listOf(3));
    await untilNumber(held, 3);
    process.removeAllListeners("unhandledRejection");
    for (const other of others) process.on("unhandledRejection", other);
    expect(heard).toEqual([new RangeError("out of luck")]);
  });
});

describe("what was in force stays when a file", () => {
  const refused: readonly (readonly [string, () => string, string])[] = [
    ["has an older number", () => listOf(6), "ERR_IDENTITY_LIST_OLDER"],
    ["has the same number and another content", () => listOf(7, { serials: [] }), "ERR_IDENTITY_LIST_OLDER"],
    ["is another CA's", () => listOf(8, {}, other), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["is of another cluster's CA", () => listOf(8, {}, ca("prod", era)), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["is signed by another", () => listOf(8, { signer: other }), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["is not signed", () => unsigned(8), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["is not valid yet", () => listOf(8, { thisUpdate: new Date(today + hour) }), "ERR_IDENTITY_LIST_NOT_YET_VALID"],
    ["has no number", () => listOf(8, { number: null }), "ERR_IDENTITY_LIST_BROKEN"],
    ["is no PEM", () => "hello", "ERR_IDENTITY_PEM_BROKEN"],
    ["is empty", () => "", "ERR_IDENTITY_PEM_BROKEN"],
    ["is too large", () => "x".repeat(16_777_217), "ERR_IDENTITY_FILE_UNREADABLE"],
  ];
  test.each(refused)("%s", async (_, text, reason) => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    replace(lab.file, text());
    await lab.untilCode("REVOCATION_REFUSED");
    expect(lab.events.slice(1)).toEqual([expect.objectContaining({ level: "error", file: lab.file, reason })]);
    expect(lab.events[1]!.text).not.toBe("");
    expect(numbersOf(held)).toEqual(["7"]);
    expect(lab.kept).toEqual(["#-7.pem"]);
    expect(lab.changes).toBe(0);
    expect(held.status().refused).toEqual([
      expect.objectContaining({ file: lab.file, code: reason, text: lab.events[1]!.text }),
    ]);
  });

  test("is not in order, which is told once, and forgotten when it is", async () => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    replace(lab.file, listOf(8, {}, other));
    await lab.untilCode("REVOCATION_REFUSED");
    await aWhile();
    replace(lab.file, "hello");
    await expect.poll(() => held.status().refused[0]?.code).toBe("ERR_IDENTITY_PEM_BROKEN");
    await aWhile();
    replace(lab.file, listOf(9));
    await untilNumber(held, 9);
    expect(held.status().refused).toEqual([]);
    const told = ["REVOCATION_LOADED", "REVOCATION_REFUSED", "REVOCATION_REFUSED", "REVOCATION_LOADED"];
    expect(lab.codes).toEqual(told);
  });

  test("has one list that is in order beside one that is not: that one is taken", async () => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    replace(lab.file, `${listOf(1, {}, other)}${listOf(8)}`);
    await untilNumber(held, 8);
    expect(held.status().refused).toHaveLength(1);
  });

  test("is removed, which is told once, also after a restart", async () => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    rmSync(lab.file);
    await lab.untilCode("REVOCATION_FILE_REMOVED");
    await aWhile();
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_FILE_REMOVED"]);
    expect(numbersOf(held)).toEqual(["7"]);
    held.close();
    expect(numbersOf(await lab.open())).toEqual(["7"]);
    expect(lab.events.at(-1)).toMatchObject({ code: "REVOCATION_LOADED", file: expect.stringContaining(lab.state) });
  });

  test("is a folder", async () => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    rmSync(lab.file);
    mkdirSync(lab.file);
    await lab.untilCode("REVOCATION_REFUSED");
    await aWhile();
    expect(lab.codes.filter((code) => code === "REVOCATION_REFUSED")).toHaveLength(1);
    expect(numbersOf(held)).toEqual(["7"]);
  });
});

test("the end of a list is told when it comes", async () => {
  const nextUpdate = new Date(Math.floor((today + hour) / second) * second);
  writeFileSync(lab.file, listOf(7, { nextUpdate }));
  const held = await lab.open();
  // Vitest's polls put the set clock forward a little.
  setClock(new Date(nextUpdate.getTime() - hour / 2));
  await lab.untilCode("REVOCATION_EXPIRES_SOON");
  setClock(nextUpdate);
  await aWhile();
  expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_EXPIRES_SOON"]);
  setClock(new Date(nextUpdate.getTime() + 1));
  await lab.untilCode("REVOCATION_EXPIRED");
  await aWhile();
  expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_EXPIRES_SOON", "REVOCATION_EXPIRED"]);
  expect(held.status().lists[0]).toMatchObject({ isExpired: true });
});

test("a reload tells what has not changed, and waits for what has", async () => {
  writeFileSync(lab.file, listOf(7));
  const held = await lab.open();
  await held.reload();
  expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_UNCHANGED"]);
  replace(lab.file, listOf(8));
  await held.reload();
  expect(numbersOf(held)).toEqual(["8"]);
  expect(lab.changes).toBe(1);
});
