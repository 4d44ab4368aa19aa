/** Appends to the log in the file that it is given, three entries and then two, and says what is done: a test kills it at any step. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../src/log/drivers/sqlite-store.ts";
import { entriesAfter } from "../../src/log/entry.ts";

const store = openSqliteStore({ path: process.argv[2]!, cluster: "demo", name: "main" });
for (const [word, count] of [
  ["first", 3],
  ["second", 2],
] as const) {
  const { head } = await store.head();
  const records = Array.from({ length: count }, (_, index) => Buffer.from(`${word} ${index} ${"x".repeat(3_000)}`));
  const outcome = await store.append(head, entriesAfter(head, records));
  writeSync(1, `${word} ${outcome}\n`);
}
store.close();
writeSync(1, "closed\n");
