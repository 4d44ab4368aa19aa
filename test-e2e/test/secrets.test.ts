/*
 *   a ───── b        all four processes write the secrets of their connections into one file: SSLKEYLOGFILE
 *   alice   web, which echoes
 *   bob
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EchoMesh } from "../src/echo-mesh.ts";
import { executable, runToEnd } from "../src/executables.ts";
import { readMetrics } from "../src/metrics-text.ts";

const processes: readonly ProcessName[] = ["link-flor", "cluster-flor"];
const hasNative = nativeEngine() !== undefined;

describe.each(["portable", "native"].filter((engine) => engine === "portable" || hasNative))(
  "with the %s engine",
  (engine) => {
    const folder = mkdtempSync(join(tmpdir(), "florenetes-secrets-"));
    const file = join(folder, "keys");
    let mesh: EchoMesh;
    let lab: Lab;

    beforeAll(async () => {
      mesh = await EchoMesh.open("read", { environment: { FLORENETES_ENGINE: engine, SSLKEYLOGFILE: file } });
      ({ lab } = mesh);
      await lab.up();
      expect(await mesh.ask("alice")).toBe("hello");
    });
    afterAll(async () => {
      await mesh?.close();
      rmSync(folder, { recursive: true });
    });

    test("both ends of a link and of an end-to-end connection write the same secrets, for nobody else to read", () => {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const lines = readFileSync(file, "latin1").trimEnd().split("\n");
      for (const line of lines) expect(line).toMatch(/^[A-Z_0-9]+ [0-9a-f]{64} (?:[0-9a-f]{64}|[0-9a-f]{96})$/);
      const counts = new Map<string, number>();
      for (const line of lines.filter((one) => one.startsWith("SERVER_TRAFFIC_SECRET_0 "))) {
        counts.set(line, (counts.get(line) ?? 0) + 1);
      }
      const ofBothEnds = [...counts.values()].filter((count) => count >= 2);
      expect(ofBothEnds.length, "a link and a connection end to end").toBeGreaterThanOrEqual(2);
    });

    test.each(processes)("%s warns of it in its log, in status and in a metric", async (name) => {
      for (const node of ["a", "b"]) {
        expect(await lab.logs(node, name)).toContain('"SECRETS_WRITTEN"');
        const { linkFlor, clusterFlor } = await lab.status(node);
        expect((name === "link-flor" ? linkFlor : clusterFlor)?.["secretsFile"]).toBe(file);
        const [sample] = (await readMetrics(lab, node, name)).get("florenetes_secrets_written")!.samples;
        expect(sample).toMatchObject({ labels: { process: name }, value: 1 });
      }
    });

    test.each(processes)("%s does not start when others may read the file, and `check` says so", async (name) => {
      chmodSync(file, 0o644);
      for (const command of ["check", "run"]) {
        const argv = [...executable(name), command, "--config", lab.configFile("a", name)];
        const { code, stderr } = await runToEnd(["env", `SSLKEYLOGFILE=${file}`, ...argv]);
        expect([code, stderr]).toEqual([2, expect.stringContaining("[ERR_SECRETS_FILE]")]);
      }
      chmodSync(file, 0o600);
    });
  },
);
