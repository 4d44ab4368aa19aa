/** A panic that reached the border would abort the process in the middle of its work: each function of the add-on makes an error
 *  of the panic. The error is not awaited, and ends the process in order, with its code and a line in the log. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The folders of the functions that are written by hand, and of those that are made from native/declaration. */
const folders = ["node/src/", "made/declared/node/"].map((path) => new URL(`../../../native/${path}`, import.meta.url));
/** A function that napi exports to JavaScript; other attributes and comments may stand between. */
const entry = /#\[napi(?:\(([^)]*)\))?\]\n(?:\s*(?:#\[|\/\/).*\n)*\s*pub fn (\w+)/g;

test("each function that JavaScript may call catches panics", () => {
  const sources = folders.flatMap((folder) => readdirSync(folder).map((name) => new URL(name, folder)));
  const entries = sources.flatMap((source) => [...readFileSync(source, "utf8").matchAll(entry)]);
  expect(entries.length).toBeGreaterThan(80);
  const open = entries.filter(([, options]) => options?.includes("catch_unwind") !== true);
  expect(open.map(([, , name]) => name)).toEqual([]);
});
