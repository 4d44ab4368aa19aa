/** Keeps lists with rising numbers until it is killed, and prints the number of each kept list: `node keep-forever.ts <state folder>`. */
import { KeptLists } from "../../src/revocation/drivers/kept-lists.ts";
import { readListFile } from "../../src/revocation/list-file.ts";
import { ca, now } from "../certificates.ts";
import { listPem, revocationList } from "../revocation-lists.ts";

const root = ca("demo");
const kept = new KeptLists(process.argv[2]!);
for (let number = 1n; number < 5000n; number++) {
  const text = Buffer.from(listPem(revocationList(root, { number, serials: ["70"] })));
  const task = { text, cluster: "demo", roots: [root.der], intermediates: [], at: now, isKept: false };
  await kept.keep(readListFile(task).lists[0]!);
  process.stdout.write(`${number}\n`);
}
