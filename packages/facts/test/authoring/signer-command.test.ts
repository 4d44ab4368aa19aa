/** Signer commands that do what they should not: none of them keeps anybody waiting, and none of them gets a signature into a record. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createPublicKeyFolder, KEY_FILES, type KeyFolder } from "../../src/authoring/drivers/key-folder.ts";
import { askSigner } from "../../src/authoring/drivers/signer-command.ts";
import { addSignature, signedOctetsOf } from "../../src/authoring/collected-signatures.ts";
import { makeSigningKey } from "../../src/authoring/signing-key.ts";
import { proposeRecord, requireRecord } from "../../src/authoring/proposal.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-signer-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const key = makeSigningKey("token");
const proposal = proposeRecord({
  cluster: "demo",
  kind: "policy",
  subject: "cluster",
  body: { hold: 60 },
  now: Date.now(),
});
const signature = Buffer.from(key.sign(signedOctetsOf(requireRecord(proposal)))).toString("hex");
let folders = 0;

function folderOfToken(): KeyFolder {
  return createPublicKeyFolder(join(base, `token-${folders++}`), key);
}

const signWith = (command: string, waitMs?: number, folder = folderOfToken()): Promise<Buffer> =>
  folder.signBy(proposal, (octets) => askSigner(command, folder.keyId, octets, waitMs));

test("a command gets key id and octets as one line, and its signature is added", async () => {
  const folder = folderOfToken();
  const asked = join(base, "asked");
  expect(await signWith(`cat > ${asked}; echo ${signature}`, undefined, folder)).toEqual(addSignature(proposal, key));
  const signed = signedOctetsOf(requireRecord(proposal)).toString("hex");
  expect(readFileSync(asked, "utf8")).toBe(`${key.keyId} ${signed}\n`);
});

test.each([
  ["fails", "exit 3", "ended with 3"],
  ["fails behind a good signature", `echo ${signature}; exit 1`, "ended with 1"],
  ["dies", "kill -9 $$", "ended with SIGKILL"],
  ["is not there", "/nonexistent/signer", "ended with 127"],
  ["says nothing", "cat > /dev/null", "gave no signature"],
  ["says something else", "echo hello", 'gave no signature: "hello"'],
  ["says what would move a terminal", "printf '\\033[2J'", "\\u{1b}"],
  ["gives half of a signature", `echo ${signature.slice(2)}`, "gave no signature"],
  ["gives two", `echo ${signature}; echo ${signature}`, "gave no signature"],
  ["talks without end", "yes", "says more than a signature"],
  ["has an octet 0", "true\0", "has no octet 0"],
])("a command that %s changes nothing", async (_, command, hint) => {
  const folder = folderOfToken();
  await expect(signWith(command, undefined, folder)).rejects.toMatchObject({
    code: "ERR_FABRIC_SIGNER",
    message: expect.stringContaining(hint) as unknown,
  });
  expect(readFileSync(join(folder.folder, KEY_FILES.signed), "utf8")).toBe("");
});

test.each([
  ["of zeros", "00".repeat(64)],
  ["of another record", Buffer.from(key.sign(Buffer.from("another record"))).toString("hex")],
  [
    "of another key",
    Buffer.from(makeSigningKey("other").sign(signedOctetsOf(requireRecord(proposal)))).toString("hex"),
  ],
])("a signature %s is refused", async (_, lie) => {
  const folder = folderOfToken();
  await expect(signWith(`echo ${lie}`, undefined, folder)).rejects.toMatchObject({ code: "ERR_FABRIC_SIGNATURES" });
  expect(readFileSync(join(folder.folder, KEY_FILES.signed), "utf8")).toBe("");
});

test.each([
  ["hangs", "sleep 600"],
  ["leaves somebody behind who holds its output", "sleep 600 & exit 0"],
  ["does not care for signals", "trap '' TERM INT HUP; while :; do sleep 600; done"],
])("a command that %s is ended, and whatever it has started", async (_, command) => {
  const pidFile = join(base, `pid-${folders}`);
  await expect(signWith(`echo $$ > ${pidFile}; ${command}`, 1_000)).rejects.toMatchObject({
    code: "ERR_FABRIC_SIGNER",
    message: "the signer command did not answer within 1000 ms",
  });
  await expect.poll(() => isGroupAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
});

test("a command is not asked for what the key must not sign", async () => {
  const folder = folderOfToken();
  await signWith(`echo ${signature}`, undefined, folder);
  const rival = proposeRecord({ cluster: "demo", kind: "policy", subject: "cluster", body: {}, now: Date.now() });
  const asked = join(base, "asked-for-rival");
  const sign = folder.signBy(rival, (octets) => askSigner(`touch ${asked}`, folder.keyId, octets));
  await expect(sign).rejects.toMatchObject({ code: "ERR_FABRIC_SIGNED_OTHER" });
  expect(existsSync(asked)).toBe(false);
});

/** Zombies count as gone: their parent has yet to wait for them. */
function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
