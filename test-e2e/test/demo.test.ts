/*
 *   The demo as a user runs it, on loopback and without root: eight processes, one request. Tests in which the build has no part start
 *   it as a bundle, which takes a third of the time.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lackOfVpn, programArguments } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { expectNothingLeft, processesOf, startDemo, startDemoAt, untilPrinted } from "../src/demo-process.ts";
import { isRoot } from "../src/root.ts";

const withToolchain = fileURLToPath(new URL("../../scripts/with-toolchain.mjs", import.meta.url));
const meshlab = fileURLToPath(new URL("../../tools/meshlab/dist/main.js", import.meta.url));

/** Signals that are tried; only a soak tries all, as each has eight processes started. */
const SIGNALS = isSoak ? (["SIGINT", "SIGTERM", "SIGHUP"] as const) : (["SIGTERM"] as const);

/** Demos of what other files here show in each run: two meshes (recursion), a service that moves (`fabric-moves`), and a VPN (`vpn-fabric`). */
const soakTest = test.runIf(isSoak);

/** A user that is not root. */
const NOBODY = 65_534;

describe("the demo", () => {
  test("--once shows the mesh and the answer, exits with 0 and leaves nothing running", async () => {
    const demo = startDemoAt([meshlab, "demo", "--once"]);
    const [code] = (await once(demo.child, "close")) as [number];
    expect(code, demo.output).toBe(0);
    expect(demo.output).toMatch(/a -> b +up/);
    expect(demo.output).toMatch(/engine +(native: |portable: .*cannot be used here|portable\. .*not built: )/);
    expect(demo.output).toMatch(/answer +200 /);
    expect(demo.output).toMatch(/latency +\d+\.\d ms/);
    await expectNothingLeft(demo);
  });

  soakTest("--recursive shows two meshes, and the answer over the upper one", async () => {
    const demo = startDemo("--recursive", "--once");
    const [code] = (await once(demo.child, "close")) as [number];
    expect(code, demo.output).toBe(0);
    expect(demo.output).toMatch(/d -> e +up[^]*b -> e +up/);
    expect(demo.output).toMatch(/answer +200 /);
    await expectNothingLeft(demo);
  });

  soakTest(
    "--facts finds a service by its name, and moves it by one record of two operators, with no request lost",
    async () => {
      const demo = startDemo("--facts", "--once");
      const [code] = (await once(demo.child, "close")) as [number];
      expect(code, demo.output).toBe(0);
      expect(demo.output).toMatch(/refused +signed by one of three: quorum/);
      expect(demo.output).toMatch(/moved +\d+ ms after .*; 0 of \d+ requests meanwhile failed/);
      expect(demo.output).toMatch(/answer +Hello from node c/);
      await expectNothingLeft(demo);
    },
  );

  test("--fabric has nodes link themselves, leases routes, kills the relay in use under a download, and moves the service by one record", async () => {
    const demo = startDemo("--fabric", "--once");
    const [code] = (await once(demo.child, "close")) as [number];
    expect(code, demo.output).toBe(0);
    expect(demo.output).toMatch(/a ═══ [bc] ═══ d +auto\.web\.d, carries reliable/);
    expect(demo.output).toMatch(
      /a ╌╌╌ [bc] ╌╌╌ d +killed under 64 MB: \d+ ms without a byte; SHA-256 [0-9a-f]{16}…, equal/,
    );
    expect(demo.output).toMatch(/linked +\d+ ms after their records, all 8 links/);
    expect(demo.output).toMatch(
      /moved +\d+ ms after one record, requests are answered by e; 0 of \d+ meanwhile failed/,
    );
    await expectNothingLeft(demo);
  }, 600_000);

  test.skipIf(!isSoak || lackOfVpn() !== undefined)(
    "--vpn has a VPN through an exit, stops that, and is answered over the other one",
    async () => {
      const demo = startDemo("--vpn", "--once");
      const [code] = (await once(demo.child, "close")) as [number];
      expect(code, demo.output).toBe(0);
      const [, first] = /answer +over exit ([de]): Hello from node w/.exec(demo.output) ?? [];
      const next = first === "d" ? "e" : "d";
      expect(demo.output).toMatch(
        new RegExp(`stopped +vpn-flor of ${first}: \\d+ ms later curl is answered over exit ${next}`),
      );
      expect(demo.output).toMatch(new RegExp(`answer +over exit ${next}: Hello from node w`));
      await expectNothingLeft(demo);
      expect(execFileSync("ip", ["netns", "list"], { encoding: "utf8" })).not.toContain(`flor-${demo.child.pid}-`);
    },
    600_000,
  );

  test.skipIf(!isRoot)("--vpn says what is missing where it is not root, and starts nothing", () => {
    const argv = [...programArguments("meshlab"), "demo", "--vpn"];
    const { status, stderr } = spawnSync(process.execPath, argv, { uid: NOBODY, gid: NOBODY, encoding: "utf8" });
    expect(stderr).toContain("needs root [ERR_LAB_VPN]");
    expect(status).toBeGreaterThan(0);
  });

  test("stays up until Ctrl-C, answers curl meanwhile, and leaves nothing running", async () => {
    const demo = startDemo();
    const url = await untilPrinted(demo, /curl (http:\/\/\S+)/);
    const answer = execFileSync("curl", ["--silent", "--fail", "--max-time", "10", url], { encoding: "utf8" });
    expect(answer).toMatch(/node d/);
    const names = processesOf(demo).map((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
    expect(names.filter((name) => name === "link-flor" || name === "cluster-flor").length).toBe(8);
    demo.child.kill("SIGINT");
    await once(demo.child, "exit");
    await expectNothingLeft(demo);
  });

  test.each(SIGNALS)(
    "%s to the process around it alone takes the mesh down, and that process ends as the demo did",
    async (signal) => {
      const demo = startDemoAt([withToolchain, "node", meshlab, "demo"], true);
      await untilPrinted(demo, /curl (http:\/\/\S+)/);
      expect(processesOf(demo).length).toBeGreaterThanOrEqual(9);
      demo.child.kill(signal);
      expect(await once(demo.child, "exit")).toEqual([0, null]);
      await expectNothingLeft(demo);
    },
  );

  test("a demo that is killed takes its processes with it", async () => {
    const demo = startDemo();
    await untilPrinted(demo, /curl (http:\/\/\S+)/);
    expect(processesOf(demo).length).toBeGreaterThanOrEqual(8);
    demo.child.kill("SIGKILL");
    await once(demo.child, "exit");
    await expectNothingLeft(demo);
  });

  test.skipIf(!isRoot)("--netns does the same where a can reach only b, and --portable without Rust", async () => {
    const demo = startDemo("--netns", "--portable", "--once");
    const [code] = (await once(demo.child, "close")) as [number];
    expect(code, demo.output).toBe(0);
    expect(demo.output).toMatch(/engine +portable, as was asked for/);
    expect(demo.output).toMatch(/answer +200 /);
    expect(demo.output).toMatch(/ip netns exec \S+ curl http/);
    await expectNothingLeft(demo);
    const namespaces = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
    expect(namespaces).not.toContain(`flor-${demo.child.pid}-`);
  });
});
