import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createCa } from "../src/authority/ca/drivers/ca-folder.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { readBundle } from "../src/authority/enrollment/bundle.ts";
import { openBundle, readBundleFile, writeBundleFile } from "../src/authority/enrollment/drivers/bundle-file.ts";
import { installBundle } from "../src/authority/enrollment/drivers/install-bundle.ts";
import { makeInvitation } from "../src/authority/enrollment/drivers/issue-bundle.ts";
import { renewIdentity, requestIdentity } from "../src/authority/enrollment/drivers/request-folder.ts";
import { now } from "./certificates.ts";
import { refusalIn } from "./folder-content.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-bundle-file-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ca = createCa(join(base, "ca"), { cluster: "demo" }, now);
const caFingerprint = ca.authority.fingerprint;
const vertex = { kind: "vertex", name: "a" } as const;
const principal = { cluster: "demo", ...vertex };
const { octets } = makeInvitation(ca, vertex, {}, now);
const bundle = readBundle(octets);

let count = 0;
let folder = "";
beforeEach(() => {
  folder = join(base, `folder-${count++}`);
  mkdirSync(folder);
});
const refusalOf = (action: () => unknown): string | undefined => refusalIn(folder, action);

describe("a bundle's file", () => {
  let file = "";
  beforeEach(() => {
    file = join(folder, "a.bundle");
  });

  test("is nobody else's to read, sealed or not, and never written over", () => {
    writeBundleFile(file, octets, "correct horse");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(/^-----BEGIN FLORENETES SEALED BUNDLE-----\n[A-Za-z0-9+/=\n]+-----END /);
    expect(openBundle(readBundleFile(file), "correct horse")).toEqual(readBundle(octets));
    expect(refusalOf(() => writeBundleFile(file, octets))).toBe("ERR_IDENTITY_FILE_IN_USE");
    const open = join(folder, "open.bundle");
    writeBundleFile(open, octets);
    expect(statSync(open).mode & 0o777).toBe(0o600);
    expect(openBundle(readBundleFile(open))).toEqual(readBundle(octets));
    expect(readdirSync(folder).toSorted()).toEqual(["a.bundle", "open.bundle"]);
  });

  test("is opened by its passphrase alone, and refused with a bit flipped anywhere", () => {
    writeBundleFile(file, octets, "correct horse");
    const sealed = readBundleFile(file);
    expect(refusalOf(() => openBundle(sealed))).toBe("ERR_IDENTITY_BUNDLE_SEALED");
    expect(refusalOf(() => openBundle(sealed, ""))).toBe("ERR_IDENTITY_PASSPHRASE");
    expect(refusalOf(() => openBundle(sealed, "horse"))).toBe("ERR_IDENTITY_PASSPHRASE_WRONG");
    const whole = readFileSync(file);
    const codes = new Set<string | undefined>();
    for (let bit = 0; bit < whole.length * 8; bit += 41) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, flipped);
      codes.add(refusalOf(() => openBundle(readBundleFile(file), "correct horse")));
    }
    // A file with a bit flipped in the first line is no sealed bundle any more.
    expect(codes).toEqual(new Set(["ERR_IDENTITY_SEAL_BROKEN", "ERR_IDENTITY_BUNDLE_BROKEN"]));
  });

  test("says what is wrong with it", () => {
    expect(refusalOf(() => readBundleFile(file))).toBe("ERR_IDENTITY_FILE_MISSING");
    writeFileSync(file, "");
    expect(refusalOf(() => openBundle(readBundleFile(file)))).toBe("ERR_IDENTITY_BUNDLE_BROKEN");
    writeFileSync(file, Buffer.alloc(40_000_000));
    expect(refusalOf(() => readBundleFile(file))).toBe("ERR_IDENTITY_FILE_UNREADABLE");
    expect(refusalOf(() => writeBundleFile(join(file, "below"), octets))).toBe("ERR_IDENTITY_WRITE_FAILED");
    expect(refusalOf(() => writeBundleFile(join(folder, "no/such/folder"), octets))).toBe("ERR_IDENTITY_WRITE_FAILED");
  });
});

describe.skipIf(process.getuid?.() !== 0)("a disk that is full", () => {
  test("refuses by a code, and loses nothing", () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", folder]);
    try {
      const pending = join(folder, "b");
      installBundle(bundle, join(folder, "a"), { caFingerprint }, now);
      for (let size = 65_536; size > 0; size = Math.floor(size / 2)) fill(size);
      expect(refusalOf(() => installBundle(bundle, join(folder, "a"), {}, now))).toBe("ERR_IDENTITY_WRITE_FAILED");
      expect(refusalOf(() => renewIdentity(join(folder, "a")))).toBe("ERR_IDENTITY_WRITE_FAILED");
      expect(refusalOf(() => requestIdentity(pending, { ...principal, name: "b" }))).toBe("ERR_IDENTITY_WRITE_FAILED");
      expect(refusalOf(() => writeBundleFile(join(folder, "x.bundle"), Buffer.alloc(5000)))).toBe(
        "ERR_IDENTITY_WRITE_FAILED",
      );
      expect(loadCredentials(join(folder, "a"), {}, now).principal).toEqual(principal);
      rmSync(join(folder, "fill"));
      installBundle(bundle, join(folder, "a"), {}, now);
      requestIdentity(pending, { ...principal, name: "b" });
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  function fill(size: number): void {
    try {
      writeFileSync(join(folder, "fill"), Buffer.alloc(size), { flag: "a" });
    } catch {
      // The file system is full now.
    }
  }
});

describe.skipIf(process.getuid?.() !== 0)("without the rights of others", () => {
  /** Runs an action as the user nobody. The action must be synchronous, so that nothing else is done as nobody. */
  function asNobody(action: () => unknown): string | undefined {
    return refusalOf(() => {
      process.seteuid?.(65_534);
      try {
        action();
      } finally {
        process.seteuid?.(0);
      }
    });
  }

  test("nothing is written, and a code says why", () => {
    chmodSync(base, 0o755);
    const identity = join(folder, "identity");
    installBundle(bundle, identity, { caFingerprint }, now);
    const file = join(folder, "a.bundle");
    writeBundleFile(file, octets);
    for (const mode of [0o700, 0o755, 0o000]) {
      chmodSync(folder, mode);
      const code = mode === 0o755 ? "ERR_IDENTITY_FOLDER_OWNER" : "ERR_IDENTITY_WRITE_FAILED";
      expect(asNobody(() => installBundle(bundle, identity, { caFingerprint }, now))).toBe(code);
      expect(asNobody(() => installBundle(bundle, join(folder, "new"), { caFingerprint }, now))).toBe(
        "ERR_IDENTITY_WRITE_FAILED",
      );
      expect(asNobody(() => requestIdentity(join(folder, "new"), principal))).toBe("ERR_IDENTITY_WRITE_FAILED");
      const unread = /^ERR_IDENTITY_(WRITE_FAILED|FOLDER_OWNER)$/;
      expect(asNobody(() => renewIdentity(identity))).toMatch(unread);
      expect(asNobody(() => readBundleFile(file))).toBe("ERR_IDENTITY_FILE_UNREADABLE");
      expect(asNobody(() => writeBundleFile(join(folder, "b.bundle"), octets))).toBe("ERR_IDENTITY_WRITE_FAILED");
    }
    chmodSync(folder, 0o700);
  });
});

test("a folder that cannot be written, or is none, is refused by a code", () => {
  writeFileSync(join(folder, "file"), "");
  const below = join(folder, "file/below");
  expect(refusalOf(() => installBundle(bundle, below, { caFingerprint }, now))).toBe("ERR_IDENTITY_WRITE_FAILED");
  expect(refusalOf(() => requestIdentity(below, principal))).toBe("ERR_IDENTITY_WRITE_FAILED");
  expect(refusalOf(() => requestIdentity("", principal))).toBe("ERR_IDENTITY_WRITE_FAILED");
});
