/** A visit whose way cannot even begin ends with its error, and leaves nothing open: the process of a timer ends, too. */
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { nativeEngine } from "@florenetes/quic/native";
import { expect, test, vi } from "vitest";
import { visit } from "../src/renewal/visit.ts";

const at = new Date();
const visitor = issueIdentity(makeAuthority({ cluster: "demo" }, at), { kind: "vertex", name: "a" }, at);
const unusable = { ...visitor, certificateChainPem: "no certificate" };

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("UDP")).length;

test.skipIf(nativeEngine() === undefined).each([
  // A socket that may not broadcast cannot be connected to that address, whatever the machine's routes are.
  ["to an address that the system refuses", visitor, "255.255.255.255", /EACCES/],
  ["with an identity that the engine refuses", unusable, "127.0.0.1", /certificate/],
])("a visit %s", async (_, identity, host, problem) => {
  const before = openSockets();
  await expect(visit({ host, port: 9 }, identity)).rejects.toThrow(problem);
  await vi.waitFor(() => expect(openSockets()).toBe(before), { timeout: 10_000 });
});
