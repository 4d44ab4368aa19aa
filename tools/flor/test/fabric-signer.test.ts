/** A signer command under the real program: a key that no folder has, and one that hangs while somebody gives up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSigningKey } from "@florenetes/facts/authoring";
import { afterAll, expect, test } from "vitest";
import { bundled } from "./bundled.ts";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-signer-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);

/** Reads a line of key id and octets, and signs the octets with a key that is a file of its own. */
const SIGNER = `
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
const [, octets] = readFileSync(0, "utf8").trim().split(" ");
const key = createPrivateKey(readFileSync(process.argv[2], "utf8"));
console.log(sign(null, Buffer.from(octets, "hex"), key).toString("hex"));
`;

test("a signer command signs, and what it hangs in is ended with flor", async () => {
  const { privateKey, ...key } = makeSigningKey("token");
  writeFileSync(at("token.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at("signer.mjs"), SIGNER);
  await flor("fabric", "key", "new", "--name", "token", "--public", key.key, "--out", at("token"));
  await flor("fabric", "key", "new", "--name", "root", "--out", at("root"));
  const keys = ["--root-key", at("root"), "--control-key", at("token")];
  await flor("fabric", "init", "--cluster", "demo", "--development", ...keys, "--out", at("fabric"));
  await flor("fabric", "sign", at("fabric", "root.fact"), "--key", at("root"));
  await flor("fabric", "propose", "service", "web", "--cluster", "demo", "--out", at("web.fact"));
  const before = readFileSync(at("web.fact"), "utf8");

  const sign = ["fabric", "sign", at("web.fact"), "--key", at("token"), "--signer"];
  // The signal comes as soon as the command runs, which may be before the process that has started it goes on.
  const hang = `echo $$ > ${at("pid")}; kill -INT $PPID; sleep 600`;
  const hanging = spawn(process.execPath, [bundled("flor"), ...sign, hang]);
  const ended = once(hanging, "close");
  let told = "";
  hanging.stderr.on("data", (chunk) => (told += String(chunk)));
  expect(await ended).toEqual([2, null]);
  expect(told).toContain("interrupted [ERR_FABRIC_SIGNER]");
  await expect.poll(() => isGroupAlive(Number(readFileSync(at("pid"), "utf8")))).toBe(false);
  expect(readFileSync(at("web.fact"), "utf8")).toBe(before);

  const signed = await flor(...sign, `${process.execPath} ${at("signer.mjs")} ${at("token.pem")}`);
  expect(signed, signed.err).toMatchObject({ code: 0 });
  const judged = await flor("fabric", "inspect", at("web.fact"), "--root", at("fabric", "root.fact"));
  expect(judged.out).toMatch(/signed by {2}token \(control\)[^]*it holds/);
});

test("a signer command and a sealed key sign repositories of releases as they sign records", async () => {
  const { privateKey, ...key } = makeSigningKey("device");
  writeFileSync(at("device.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at("signer.mjs"), SIGNER);
  writeFileSync(at("passphrase"), "correct horse", { mode: 0o600 });
  await flor("fabric", "key", "new", "--name", "device", "--public", key.key, "--out", at("device"));
  const sealed = ["--name", "sealed", "--passphrase-file", at("passphrase"), "--out", at("sealed")];
  await flor("fabric", "key", "new", ...sealed);
  const repository = at("repository");
  await flor("release", "init", repository, "--cluster", "demo", "--keys", `${at("device")},${at("sealed")}`);
  const sign = ["release", "sign", repository, "--key"];
  const other = await flor(...sign, at("device"), "--signer", `echo ${"00".repeat(64)}`);
  expect(other.err).toContain("[ERR_FABRIC_SIGNATURES]");
  const device = `${process.execPath} ${at("signer.mjs")} ${at("device.pem")}`;
  for (const args of [
    [at("device"), "--signer", device],
    [at("sealed"), "--passphrase-file", at("passphrase")],
  ]) {
    const run = await flor(...sign, ...args);
    expect(run, run.err).toMatchObject({ code: 0 });
  }
  expect((await flor("release", "show", repository)).out).toMatch(/staged root 1 +2 of 2: device, sealed/);
});

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
