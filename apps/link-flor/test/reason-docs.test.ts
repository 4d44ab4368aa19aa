import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reasons } from "../src/quic-link/reasons.ts";

const docs = join(import.meta.dirname, "../../../docs");
const protocol = readFileSync(join(docs, "protocol/link-protocol.md"), "utf8");
const portal = readFileSync(join(docs, "protocol/portal-api.md"), "utf8");

test.each(Object.values(reasons))(
  "$name is explained in docs/protocol/link-protocol.md",
  ({ name, wire, isPermanent }) => {
    const number = wire === undefined ? "" : `0x${wire.toString(16).padStart(2, "0")} \\| `;
    const row = new RegExp(`^\\| ${number}${name} \\| (.+) \\|$`, "m").exec(protocol);
    // Peers may invent codes, so that no table can list them: the text explains them.
    if (name === "UNKNOWN_CODE") expect(protocol).toContain("shown as `UNKNOWN_CODE`");
    else expect(row?.[1]?.includes("*permanent*")).toBe(isPermanent);
  },
);

test.each(Object.values(reasons))("$name is explained in docs/protocol/portal-api.md", ({ name }) => {
  expect(portal).toContain(`\`${name}\``);
});
