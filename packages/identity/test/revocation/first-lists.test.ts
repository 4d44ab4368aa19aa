/** Lists are required, and the state folder is gone: an older list lets nobody in, and the present one does once the operator confirms it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { confirmLists, HeldIdentity, holdingFindings, readListsToConfirm } from "../../src/index.ts";
import type { HeldRevocations } from "../../src/revocation/drivers/held-revocations.ts";
import { aWhile, hour, ListLab, listOf, numbersOf, other, replace, untilNumber } from "./list-lab.ts";

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
  rmSync(numbersFile());
});
afterEach(() => lab[Symbol.asyncDispose]());

const required = { policy: { isRequired: true, graceMs: hour } };
const numbersFile = (folder = lab.folder): string => join(folder, "crl-numbers");
const openStrict = (): Promise<HeldRevocations> => lab.open(required);
const refusals = (held: HeldRevocations): string[] => held.status().refused.map(({ code }) => code);
/** The findings of `status` about the lists, without the name of the CA. */
const shouts = (held: HeldRevocations): string[] =>
  holdingFindings([], held.status()).map(({ weight, text }) => {
    return `${weight}: ${text.replace("revocation list", "list").replace(/ of CN=.*? (was|is) /, " $1 ")}`;
  });
const confirm = (folder = lab.folder): void => confirmLists(folder, readListsToConfirm(folder));

/** A process that has had lists in force, the last of them number 7, and has lost its state. */
async function forget(): Promise<void> {
  replace(lab.file, listOf(7));
  confirm();
  (await openStrict()).close();
  rmSync(lab.state, { recursive: true });
  lab.events.length = 0;
}

describe("at a first start", () => {
  test("a list that nothing vouches for lets nobody in, and the operator is asked", async () => {
    replace(lab.file, listOf(7));
    const held = await openStrict();
    expect(numbersOf(held)).toEqual([]);
    expect(refusals(held)).toEqual(["ERR_IDENTITY_LIST_UNCONFIRMED"]);
    expect(held.status().refused[0]).toMatchObject({ file: lab.file, text: expect.stringContaining("confirm-lists") });
    expect(lab.codes).toEqual(["REVOCATION_REFUSED", "REVOCATION_MISSING"]);
    expect(() => held.revocations.check(lab.identity.credentials.certificates, new Date())).toThrow(
      expect.objectContaining({ code: "ERR_IDENTITY_REVOCATION_MISSING" }),
    );
    const report = await lab.check(required);
    expect(report.problems).toEqual([]);
    const codes = report.warnings.map(({ code }) => code);
    expect(codes).toEqual(["ERR_IDENTITY_LIST_UNCONFIRMED", "ERR_IDENTITY_REVOCATION_MISSING"]);
  });

  test("the operator's word brings the list into force, without a reload, and once for all", async () => {
    replace(lab.file, listOf(7));
    const held = await openStrict();
    // The watch looks at the folder meanwhile, and finds no change.
    await aWhile();
    confirm();
    await untilNumber(held, 7);
    expect(lab.changes).toBe(1);
    replace(lab.file, listOf(8));
    await untilNumber(held, 8);
    expect(refusals(held)).toEqual([]);
  });

  test("the word may be in the folder of another identity of the process", async () => {
    const folder = lab.makeIdentity("b");
    rmSync(numbersFile(folder));
    const list = listOf(7);
    for (const file of [lab.file, join(folder, "crl.pem")]) replace(file, list);
    const identities = [lab.identity, new HeldIdentity(folder, {})];
    const held = await lab.open({ ...required, identities });
    expect(numbersOf(held)).toEqual([]);
    confirm(folder);
    await untilNumber(held, 7);
    expect(refusals(held)).toEqual([]);
  });

  test("a folder that a CA has written vouches for its newest list and those that follow", async () => {
    writeFileSync(numbersFile(), `${lab.identity.credentials.certificates[0]!.issuer} 6\n`);
    const held = await openStrict();
    expect(lab.codes).toEqual(["REVOCATION_MISSING", "REVOCATION_DOUBTED"]);
    replace(lab.file, listOf(5));
    await lab.untilCode("REVOCATION_REFUSED");
    expect(refusals(held)).toEqual(["ERR_IDENTITY_LIST_OLDER"]);
    replace(lab.file, listOf(7));
    await untilNumber(held, 7);
  });
});

describe("after the state folder was lost", () => {
  beforeEach(forget);

  test("the list that was in force is taken again", async () => {
    expect(numbersOf(await openStrict())).toEqual(["7"]);
    expect(lab.kept).toEqual(["#-7.pem"]);
  });

  test("an older one is not, whoever it does not name, until the one that was in force or a newer one is back", async () => {
    replace(lab.file, listOf(6, { serials: [] }));
    const held = await openStrict();
    expect(numbersOf(held)).toEqual([]);
    expect(refusals(held)).toEqual(["ERR_IDENTITY_LIST_OLDER"]);
    expect(() => readListsToConfirm(lab.folder)).toThrow(expect.objectContaining({ code: "ERR_IDENTITY_LIST_OLDER" }));
    replace(lab.file, listOf(8));
    await untilNumber(held, 8);
  });

  test.each(["with its numbers", "and the numbers are damaged"])(
    "an older one asks the operator when the folder is lost, too, %s",
    async (how) => {
      if (how === "with its numbers") rmSync(numbersFile());
      else writeFileSync(numbersFile(), "hello");
      replace(lab.file, listOf(6, { serials: [] }));
      const held = await openStrict();
      expect(numbersOf(held)).toEqual([]);
      expect(refusals(held)).toEqual(["ERR_IDENTITY_LIST_UNCONFIRMED"]);
      const told = lab.events.map(({ reason }) => reason);
      expect(told.includes("ERR_IDENTITY_LIST_NUMBERS_BROKEN")).toBe(how !== "with its numbers");
    },
  );

  test("where lists are optional an older one is taken, as it is better than none, and shouted", async () => {
    replace(lab.file, listOf(6));
    const held = await lab.open();
    expect(numbersOf(held)).toEqual(["6"]);
    expect(shouts(held)).toEqual(["fault: list 7 was known here, and list 6 is in force"]);
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_DOUBTED"]);
    expect((await lab.check()).warnings).toMatchObject([{ code: "ERR_IDENTITY_LIST_LOST" }]);
    expect(readFileSync(numbersFile(), "utf8")).toMatch(/ 7\n$/);
    replace(lab.file, listOf(8));
    await untilNumber(held, 8);
    expect(shouts(held)).toEqual([]);
  });

  test.each([
    ["optional", {}],
    ["required", required],
  ])("and with it the list in the folder, that is shouted where lists are %s", async (_, options) => {
    rmSync(lab.file);
    const held = await lab.open(options);
    expect(shouts(held)).toEqual(["fault: list 7 was known here, and none is in force"]);
    expect(lab.codes).toContain("REVOCATION_DOUBTED");
    replace(lab.file, listOf(7));
    await untilNumber(held, 7);
    expect(shouts(held)).toEqual([]);
  });

  test("and the numbers, too, the first list is taken where lists are optional, and the operator asked", async () => {
    rmSync(numbersFile());
    replace(lab.file, listOf(6));
    const held = await lab.open();
    expect(numbersOf(held)).toEqual(["6"]);
    expect(shouts(held)).toEqual(["warning: nothing here tells whether list 6 is its newest"]);
    // A list that is not confirmed confirms nothing else.
    expect(existsSync(numbersFile())).toBe(false);
    confirm();
    await expect.poll(() => shouts(held), { timeout: 60_000 }).toEqual([]);
  });
});

test.each([
  ["optional", {}],
  ["required", required],
])("numbers that are removed while a process runs are noted again, where lists are %s", async (_, options) => {
  replace(lab.file, listOf(7));
  confirm();
  const held = await lab.open(options);
  rmSync(numbersFile());
  await expect.poll(() => existsSync(numbersFile()), { timeout: 60_000 }).toBe(true);
  expect(readFileSync(numbersFile(), "utf8")).toMatch(/ 7\n$/);
  expect(shouts(held)).toEqual([]);
});

test("the state folder alone is enough, and what it knows is noted in the identity folder again", async () => {
  await forget();
  (await openStrict()).close();
  rmSync(numbersFile());
  replace(lab.file, listOf(6));
  const held = await openStrict();
  expect(numbersOf(held)).toEqual(["7"]);
  expect(readFileSync(numbersFile(), "utf8")).toMatch(/^[0-9a-f]{64} 7\n$/);
});

test("what is noted follows the list in force, and a list of another CA is not vouched for by it", async () => {
  replace(lab.file, listOf(7));
  confirm();
  const folder = lab.makeIdentity("b", other);
  rmSync(numbersFile(folder));
  replace(join(folder, "crl.pem"), listOf(3, {}, other));
  const held = await lab.open({ ...required, identities: [lab.identity, new HeldIdentity(folder, {})] });
  expect(numbersOf(held)).toEqual(["7"]);
  replace(lab.file, listOf(9));
  await untilNumber(held, 9);
  await expect.poll(() => readFileSync(numbersFile(), "utf8")).toMatch(/ 9\n$/);
  await aWhile();
  expect(numbersOf(held)).toEqual(["9"]);
  expect(refusals(held)).toEqual(["ERR_IDENTITY_LIST_UNCONFIRMED"]);
});

test("a folder that cannot be written is told", async () => {
  replace(lab.file, listOf(7));
  confirm();
  replace(lab.file, listOf(8));
  // A folder stands at the path at which the new file is written first.
  mkdirSync(join(lab.folder, ".crl-numbers.new"));
  const held = await openStrict();
  expect(numbersOf(held)).toEqual(["8"]);
  expect(lab.codes).toContain("REVOCATION_NOT_KEPT");
});

test("where lists are optional what is in force is noted, too, once something has vouched for it", async () => {
  writeFileSync(numbersFile(), `${lab.identity.credentials.certificates[0]!.issuer} 0\n`);
  replace(lab.file, listOf(7));
  const held = await lab.open();
  expect(readFileSync(numbersFile(), "utf8")).toMatch(/ 7\n$/);
  expect(shouts(held)).toEqual([]);
});
