/** A panic that reached the border would abort the process in the middle of whatever it does: each function of the add-on makes an error
 *  of it, which nobody awaits and which ends the process in order, with its code and a line in the log. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../../native/node/src/", import.meta.url);
/** A function that napi makes one for JavaScript of; other attributes and comments may stand between. */
const entry = /#\[napi(?:\(([^)]*)\))?\]\n(?:\s*(?:#\[|\/\/).*\n)*\s*pub fn (\w+)/g;

test("each function that JavaScript may call catches panics", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".rs"));
  const entries = sources.flatMap((name) => [...readFileSync(new URL(name, folder), "utf8").matchAll(entry)]);
  expect(entries.length).toBeGreaterThan(80);
  const open = entries.filter(([, options]) => options?.includes("catch_unwind") !== true);
  expect(open.map(([, , name]) => name)).toEqual([]);
});
