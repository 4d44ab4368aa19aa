/**
 * Issues, revokes and makes lists until it is killed, and tells each thing that it was handed, in lines of standard output:
 * `node work-forever.ts <ca folder>`
 */
import { writeSync } from "node:fs";
import { openCa } from "../src/authority/ca/drivers/ca-folder.ts";

const ca = openCa(process.argv[2]!);
const tell = (...words: readonly unknown[]): void => void writeSync(1, `${words.join(" ")}\n`);
for (let count = 0; count < 10_000; count++) {
  const { serial } = ca.issue({ kind: "user", name: `u${count}` });
  tell("issued", serial);
  if (count % 3 === 0) {
    const { list } = ca.revoke([{ serial }]);
    tell("revoked", serial);
    tell("list", list.number);
  }
  if (count % 5 === 0) tell("list", ca.makeRevocationList().number);
}
