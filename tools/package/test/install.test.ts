import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install } from "../src/install/install.ts";
import { dashboardText } from "../src/monitoring/dashboard.ts";
import { gatherRelease, ownBuild, PORTABLE_ARCH, type Release } from "../src/release.ts";

const checkout = join(import.meta.dirname, "../../..");
let root: string;
let release: Release;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "florenetes-install-"));
  const site = join(root, "made-site");
  mkdirSync(site);
  writeFileSync(join(site, "index.html"), "<p>all documents</p>");
  release = gatherRelease(checkout, ownBuild(checkout), site);
  install(release, checkout, root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The release with another name and a text in it, as after another build. */
function otherRelease(name: string): Release {
  return { name, files: [{ path: "bin/link-flor", isExecutable: true, content: { text: name } }] };
}

function at(...path: string[]): string {
  return join(root, ...path);
}

describe("an install", () => {
  test("has programs that run from its own folder, with its own Node", () => {
    for (const [name, folder] of [
      ["link-flor", "apps/link-flor"],
      ["cluster-flor", "apps/cluster-flor"],
      ["fabric-flor", "apps/fabric-flor"],
      ["vpn-flor", "apps/vpn-flor"],
      ["control-flor", "apps/control-flor"],
      ["store-flor", "apps/store-flor"],
      ["update-flor", "apps/update-flor"],
      ["flor", "tools/flor"],
    ] as const) {
      const current = at("/opt/florenetes", readlinkSync(at("/opt/florenetes/current")));
      const main = join(current, folder, "dist/main.js");
      const { status, stdout } = spawnSync(join(current, "bin/node"), [main, "--help"], { encoding: "utf8" });
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(`Usage: ${name}`) });
      expect(readFileSync(join(current, "bin", name), "utf8")).toContain(
        `/opt/florenetes/current/${folder}/dist/main.js`,
      );
      expect(readlinkSync(at("/usr/local/bin", name))).toBe(`/opt/florenetes/current/bin/${name}`);
    }
  });

  test("has all that its programs load: check finds both engines, and no part is missing", () => {
    const current = at("/opt/florenetes/current");
    for (const engine of ["portable", "auto"]) {
      const { stderr } = spawnSync(
        join(current, "bin/node"),
        [
          join(current, "apps/link-flor/dist/main.js"),
          "check",
          "--config",
          at("/etc/florenetes/examples/link-flor.yaml"),
        ],
        { encoding: "utf8", env: { FLORENETES_ENGINE: engine } },
      );
      // The example names an identity that nobody has made.
      expect(stderr).toMatch(/ERR_IDENTITY_FILE_MISSING/);
      expect(stderr).not.toMatch(/ERR_CONFIG|ERR_ENGINE|ERR_NATIVE|internal error/);
    }
    const loaded = [`@matrixai/quic-${process.platform}-${PORTABLE_ARCH}`, "pino-pretty"];
    for (const folder of ["packages/quic", "packages/process-kit/src"]) {
      const script = `for (const name of ${JSON.stringify(loaded)}) require("node:module").createRequire("${join(current, folder)}/x.js")(name)`;
      const { status, stderr } = spawnSync(join(current, "bin/node"), ["-e", script], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
  });

  test("shows the documents until Ctrl-C, in a browser where there is a display", async () => {
    const [bin, opened] = [at("bin"), at("opened")];
    mkdirSync(bin);
    writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\necho "$1" >${opened}.new && mv ${opened}.new ${opened}\n`, {
      mode: 0o755,
    });
    const current = at("/opt/florenetes/current");
    for (const display of [{}, { DISPLAY: ":0" }]) {
      const env = { PATH: `${bin}:${process.env["PATH"]}`, ...display };
      const argv = [join(current, "tools/flor/dist/main.js"), "docs"];
      const flor = spawn(join(current, "bin/node"), argv, { env, stdio: ["ignore", "pipe", "inherit"] });
      const [said] = (await once(flor.stdout, "data")) as [Buffer];
      const [address = ""] = /http:\/\/127\.0\.0\.1:\d+\/(?= )/.exec(String(said)) ?? [];
      expect(await (await fetch(address)).text()).toBe("<p>all documents</p>");
      if ("DISPLAY" in display) await expect.poll(() => existsSync(opened)).toBe(true);
      flor.kill("SIGINT");
      expect(await once(flor, "exit")).toEqual([0, null]);
      await expect(fetch(address)).rejects.toThrow();
      expect(existsSync(opened) && readFileSync(opened, "utf8")).toBe("DISPLAY" in display && `${address}\n`);
    }
  });

  test("without the site says how to have it", () => {
    const copy = mkdtempSync(join(tmpdir(), "florenetes-install-"));
    try {
      install(gatherRelease(checkout, ownBuild(checkout)), checkout, copy);
      const current = join(copy, "/opt/florenetes", readlinkSync(join(copy, "/opt/florenetes/current")));
      const argv = [join(current, "tools/flor/dist/main.js"), "docs"];
      const { status, stderr } = spawnSync(join(current, "bin/node"), argv, { encoding: "utf8" });
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringMatching(/docs-site.*\[ERR_FLOR_NO_SITE\]\n.*npm run docs/),
      });
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test("has V8's code that is the same at each build, and none of a mesh", () => {
    const code = release.files.map(({ path }) => path).filter((path) => path.endsWith("code"));
    expect(code).not.toEqual([]);
    expect(code.filter((path) => !path.endsWith(".cjs.code"))).toEqual([]);
  });

  test("has the alert rules and the dashboard", () => {
    expect(readFileSync(at("/usr/local/share/florenetes/prometheus/florenetes.rules.yml"), "utf8")).toContain(
      "groups:",
    );
    expect(readFileSync(at("/usr/local/share/florenetes/grafana/florenetes.json"), "utf8")).toBe(dashboardText());
  });

  test("of the same build changes nothing, and has the same name", () => {
    const before = readdirSync(at("/opt/florenetes/releases"));
    const again = gatherRelease(checkout, ownBuild(checkout), at("made-site"));
    install(again, checkout, root);
    expect(again.name).toBe(release.name);
    expect(readdirSync(at("/opt/florenetes/releases"))).toEqual(before);
  });

  test("leaves the release before it, from which processes run, and none before that", () => {
    const copy = mkdtempSync(join(tmpdir(), "florenetes-install-"));
    try {
      for (const name of ["one", "two", "three"]) install(otherRelease(name), checkout, copy);
      expect(readdirSync(join(copy, "/opt/florenetes/releases")).toSorted()).toEqual(["three", "two"]);
      expect(readlinkSync(join(copy, "/opt/florenetes/current"))).toBe("releases/three");
      expect(readFileSync(join(copy, "/opt/florenetes/current/bin/link-flor"), "utf8")).toBe("three");
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test("is for all to read and for nobody to write, whatever the umask", () => {
    const copy = mkdtempSync(join(tmpdir(), "florenetes-install-"));
    const umask = process.umask(0o077);
    try {
      install(otherRelease("one"), checkout, copy);
      chmodSync(copy, 0o755);
      const modes = readdirSync(copy, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isSymbolicLink())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((path) => [path.slice(copy.length), (statSync(path).mode & 0o777).toString(8)]);
      expect(Object.fromEntries(modes)).toMatchObject({
        "/opt/florenetes/releases/one": "755",
        "/opt/florenetes/releases/one/bin/link-flor": "755",
        "/usr/local/lib/systemd/system/link-flor.service": "644",
      });
      expect(new Set(modes.map(([, mode]) => mode))).toEqual(new Set(["755", "644"]));
    } finally {
      process.umask(umask);
      rmSync(copy, { recursive: true });
    }
  });

  test.skipIf(process.getuid!() === 0)("that may not write says so", () => {
    expect(() => install(release, checkout, "/proc")).toThrow(expect.objectContaining({ code: "ERR_INSTALL_DENIED" }));
  });

  test("of the command line says what it takes", () => {
    const main = join(checkout, "tools/package/dist/main.js");
    const { status, stderr } = spawnSync(process.execPath, [main, "install", "--rood", root], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/--rood.*\[ERR_INSTALL_USAGE\]/) });
  });

  test("of what is not built says so", () => {
    const empty = mkdtempSync(join(tmpdir(), "florenetes-install-"));
    try {
      expect(() => gatherRelease(empty, ownBuild(empty))).toThrow(
        expect.objectContaining({ code: "ERR_INSTALL_NOT_BUILT" }),
      );
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
