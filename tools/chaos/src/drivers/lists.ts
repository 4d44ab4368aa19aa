import { randomBytes } from "node:crypto";
import { globSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCa, parseSerial } from "@florenetes/identity";
import type { Lab } from "@florenetes/meshlab";

/** Makes a new list of revocations, which names one more certificate that nobody has, and brings it to all identities of all nodes. */
export function deliverList(lab: Lab): void {
  const serial = parseSerial(`40${randomBytes(15).toString("hex")}`);
  const { list } = openCa(lab.caFolder).revoke([{ serial, mayBeUnrecorded: true }]);
  for (const node of lab.nodeNames) {
    for (const chain of globSync(`${lab.identityFolder(node, "**")}/chain.pem`)) {
      const file = join(dirname(chain), "crl.pem");
      writeFileSync(`${file}.new`, list.pem);
      renameSync(`${file}.new`, file);
    }
  }
}
