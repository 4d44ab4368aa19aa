/*
 *            ┌── r ──┐
 *   u ┄┄ a ──┼── s ──┼── x, y ┄┄ w      all packets of a go through a VPN with two exits, and at random all that carries it dies (docs/develop/chaos.md);
 *            └── t ──┘                  `meshlab vpn` judges what programs saw, and that nothing left a by its uplink; k and l coordinate
 */
import { lackOfVpn, programArguments } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { runToEnd } from "../src/executables.ts";

const MINUTES = isSoak ? 10 : 0.25;
/** A slow machine needs minutes to start, and up to one to recover from each fault. */
const TIME_LIMIT_MS = (2 * MINUTES + 10) * 60_000;
const SEED = process.env["FLORENETES_SEED"] ?? "52059";

const missing = lackOfVpn();
if (missing !== undefined) process.stderr.write(`left out: a VPN with two exits (${missing})\n`);

describe.skipIf(missing !== undefined)("a VPN with two exits", () => {
  test("no packet leaves outside of it, and no byte is wrong, whatever dies", { timeout: TIME_LIMIT_MS }, async () => {
    const words = ["vpn", "--minutes", String(MINUTES), "--seed", SEED];
    const { code, stdout, stderr } = await runToEnd(
      [process.execPath, ...programArguments("meshlab"), ...words],
      TIME_LIMIT_MS,
    );
    process.stdout.write(stdout);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  });
});
