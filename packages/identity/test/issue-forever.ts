/** Issues identities until it is killed: `node issue-forever.ts <ca folder> <folder for identities>`. */
import { join } from "node:path";
import { openCa } from "../src/authority/ca/drivers/ca-folder.ts";

const [caFolder, out] = process.argv.slice(2) as [string, string];
const ca = openCa(caFolder);
for (let count = 0; count < 10_000; count++) {
  const name = `v${count}`;
  ca.issueInto(join(out, name), { kind: "vertex", name });
}
