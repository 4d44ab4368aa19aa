/** Writes three rows at a time in the place of the former three, and says which: whoever started it kills it. */
import { writeSync } from "node:fs";
import { RecordFile } from "../../src/book/drivers/record-file.ts";

const file = RecordFile.open(process.argv[2]!, { cluster: "demo", node: "alpha" });
const section = "entry";
for (let name = file.cursor("peer", "00", section) + 1, last = name + 5_000; name < last; name++) {
  const [put, drop] = [name, name - 1].map((of) => ["x", "y", "z"].map((part) => `${of}/${part}`));
  file.write({
    rows: [
      ...put!.map((id) => ({ kind: "put", id, section, octets: Buffer.alloc(300, name) }) as const),
      ...drop!.map((id) => ({ kind: "drop", id }) as const),
    ],
    cursors: [{ peer: "peer", database: "00", section, sequence: name }],
  });
  writeSync(1, `${name}\n`);
}
