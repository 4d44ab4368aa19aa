/*
 *   a        one node, whose link-flor runs in a Debian of arm64, under qemu-user. Packages of its programs were made on this machine.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PortClaims } from "@florenetes/meshlab";
import { type MadePackages, makePackages } from "@florenetes/package";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EMULATOR, EmulatedPrograms, makeEmulatedSystem } from "../src/emulated-system.ts";
import { areInstalled } from "../src/installed.ts";
import { untilSaid } from "../src/services.ts";

const WHAT = "packages for arm64";
const PACKAGES = ["control", "fabric", "node", "runtime", "store", "tools", "update", "vpn"].map(
  (part) => `florenetes-${part}`,
);
/** The daemons, and `flor`. */
const PROGRAMS = 8;
const COMPILERS = ["aarch64-linux-gnu-g++", "aarch64-linux-gnu-strip", "cargo", "rustc"];
const TOOLS = [...COMPILERS, EMULATOR, "mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "mkdocs"];
/** The data plane in Rust is compiled whole at first. */
const COMPILING_MS = 1_800_000;
const EMULATED_MS = 600_000;
const checkout = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

const folder = mkdtempSync(join(tmpdir(), "florenetes-arm64-"));
const root = join(folder, "root");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Compilers take minutes of CPU for the data plane: `npm run test-arm64` asks for it, and `npm run soak`.
const isPossible = isSoak && areInstalled(WHAT, ...TOOLS) && hasStandardLibrary() && makeEmulatedSystem(WHAT, root);

function hasStandardLibrary(): boolean {
  const { stdout } = spawnSync("rustc", ["--print", "target-libdir", "--target", "aarch64-unknown-linux-gnu"], {
    encoding: "utf8",
  });
  const isThere = existsSync(stdout.trim());
  if (!isThere) process.stderr.write(`left out: ${WHAT} (rustc has no standard library for that processor)\n`);
  return isThere;
}

describe.skipIf(!isPossible)(WHAT, () => {
  const [present, same] = ["present", "same"].map((name) => join(folder, name)) as [string, string];
  const programs = new EmulatedPrograms(root);
  const config = join(folder, "link-flor.yaml");
  let made: MadePackages;

  beforeAll(async () => {
    made = makePackages(checkout, present, "quick", "arm64");
    for (const file of debs()) tool("dpkg-deb", "--extract", file, root);
    const ca = join(folder, "ca");
    await flor("ca", "init", "--cluster", "example", "--out", ca);
    await flor("ca", "issue", "vertex", "a", "--ca", ca, "--out", join(folder, "vertex"));
    writeConfig(`udp://127.0.0.1:${await new PortClaims().claimAny("udp", "127.0.0.1")}`);
  }, COMPILING_MS);

  const debs = (): string[] =>
    readdirSync(present)
      .filter((name) => name.endsWith(".deb"))
      .map((name) => join(present, name));
  const tool = (command: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  /** The operator's tool of the packages: certificates are made by the emulated processor, too. */
  const flor = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await programs.run("tools/flor", ...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const writeConfig = (listen: string, more = ""): void =>
    writeFileSync(
      config,
      `state: state\nadmin: admin.sock\n${more}clusters:\n  example: { vertex: a, identity: vertex, listen: "${listen}", bind: link.sock, connect: florio.sock }\n`,
    );

  test("are eight and a tarball, and depend on libraries by the names that Debian has for them on arm64", () => {
    const fields = debs().map((file) => tool("dpkg-deb", "--field", file, "Package", "Architecture", "Depends"));
    expect(fields.map((text) => /^Package: (.*)$/m.exec(text)![1])).toEqual(PACKAGES);
    for (const text of fields) {
      expect(text).toMatch(/^Architecture: arm64$/m);
      expect(text).not.toMatch(/cross|:arm64/);
    }
    expect(fields[PACKAGES.indexOf("florenetes-runtime")]).toMatch(/libc6 \(>= 2\.\d+\), libgcc-s1 .*libstdc\+\+6/);
    expect(readdirSync(present).filter((name) => name.endsWith("-linux-arm64.tar"))).toHaveLength(1);
  });

  test("that are made twice of one build are equal to the octet", { timeout: COMPILING_MS }, () => {
    makePackages(checkout, same, "quick", "arm64");
    const differing = readdirSync(present).filter(
      (name) => !readFileSync(join(present, name)).equals(readFileSync(join(same, name))),
    );
    expect(differing).toEqual([]);
  });

  test("have native code of ours for that processor alone, which asks for no newer C library than 2.31", () => {
    const needs = [...made.sizes.matchAll(/(\S+), needs glibc 2\.(\d+)/g)];
    expect(needs).toHaveLength(3);
    for (const [, file, minor] of needs) {
      expect(Number(minor), file).toBeLessThanOrEqual(31);
      expect(tool("aarch64-linux-gnu-objdump", "--file-headers", join(root, file!))).toContain("aarch64");
    }
  });

  test("have no code of V8's, which another processor has made and theirs refuses", () => {
    const files = readdirSync(programs.placeOf("."), { recursive: true }).map(String);
    expect(files.filter((file) => /program-\w+\.cjs$/.test(file))).toHaveLength(PROGRAMS);
    expect(files.filter((file) => file.endsWith(".code"))).toEqual([]);
  });

  test("have programs that tell the commit, and check a config", { timeout: EMULATED_MS }, async () => {
    const told = /^\S+ \(\w+/;
    expect(await flor("--version")).toMatch(told);
    const { code, stdout, stderr } = await programs.run("apps/link-flor", "check", "--config", config);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "ok\n" });
    expect(stderr).toContain("the QUIC engine is the native one");
  });

  test(
    "have a link-flor that gets ready with the native engine, and tells its status",
    { timeout: EMULATED_MS },
    async () => {
      const process = programs.start("apps/link-flor", "run", "--config", config);
      try {
        await untilSaid(process.stdout!, '"code":"READY"');
        // A cluster vertex is missing here: the status is not whole.
        const { code, stdout, stderr } = await programs.run("apps/link-flor", "status", "--config", config);
        expect(code, stderr).toBe(1);
        expect(stdout).toMatch(/^native QUIC engine/m);
        expect(stdout).toContain("vertex/a on udp://127.0.0.1:");
      } finally {
        process.kill();
        await once(process, "exit");
      }
    },
  );

  test("have no portable engine, and say so to whoever asks for it", { timeout: EMULATED_MS }, async () => {
    writeConfig("udp://127.0.0.1:1", "engine: portable\n");
    const { code, stdout, stderr } = await programs.run("apps/link-flor", "check", "--config", config);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(/no add-on for linux on arm64[^]*ERR_ENGINE_MISSING/);
  });
});
