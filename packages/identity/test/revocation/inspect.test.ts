/** Tests of the part of `flor inspect` that is about revocation lists. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCa, inspectPath } from "../../src/authority/index.ts";
import { ListLab, listOf, other } from "./list-lab.ts";

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

const problems = (path: string): string[] =>
  inspectPath(path).problems.map(({ code, where }) => `${code} ${where?.file.split("/").at(-1)}`);

test("an identity folder's list is shown, by issuer, number, size and end", () => {
  writeFileSync(lab.file, listOf(7));
  const { files, problems: found } = inspectPath(lab.folder);
  expect(found).toEqual([]);
  const list = { number: 7n, entries: 1, issuer: expect.stringMatching(/^CN=demo CA/) as string };
  expect(files.find(({ file }) => file === lab.file)).toMatchObject({ certificates: [], lists: [list] });
});

test("what would stop a process from starting is a problem", () => {
  for (const [text, code] of [
    ["hello", "ERR_IDENTITY_PEM_BROKEN"],
    [listOf(7, { number: null }), "ERR_IDENTITY_LIST_BROKEN"],
    [listOf(7, {}, other), "ERR_IDENTITY_LIST_UNTRUSTED"],
  ] as const) {
    writeFileSync(lab.file, text);
    expect(problems(lab.folder)).toEqual([`${code} crl.pem`]);
  }
});

test("so is that the identity itself is revoked", () => {
  writeFileSync(lab.file, listOf(7, { serials: [lab.identity.credentials.certificates[0]!.serial] }));
  expect(problems(lab.folder)).toEqual(["ERR_IDENTITY_REVOKED crl.pem"]);
});

test("a file of lists is shown, and a CA's newest one", () => {
  writeFileSync(lab.file, `${listOf(7)}${listOf(8, {}, other)}`);
  expect(inspectPath(lab.file)).toMatchObject({ kind: "lists", problems: [], files: [{ lists: [{}, {}] }] });
  writeFileSync(lab.file, listOf(7).replace(/\n.{8}/, "\nAAAAAAAA"));
  expect(problems(lab.file)).toEqual(["ERR_IDENTITY_LIST_BROKEN crl.pem"]);
  const folder = join(lab.base, "ca");
  const authority = createCa(folder, { cluster: "demo" });
  expect(inspectPath(folder).files.flatMap(({ lists }) => lists)).toEqual([]);
  authority.makeRevocationList();
  expect(inspectPath(folder).files.flatMap(({ lists }) => lists)).toMatchObject([{ number: 1n, entries: 0 }]);
});
