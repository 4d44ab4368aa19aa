/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a reaches the world w over the egress c, and nothing of it leaves by the uplink u
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promisify } from "node:util";
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { VpnGround, WORLD } from "../src/vpn-ground.ts";

const run = promisify(execFile);

describe.skipIf(!isRoot)("a VPN", () => {
  let ground: VpnGround;
  beforeAll(async () => {
    ground = await VpnGround.open();
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  test("leads to the world behind its egress", async () => {
    const program = fileURLToPath(new URL("../src/file-server.ts", import.meta.url));
    const server = spawn(
      "ip",
      ["netns", "exec", ground.namespaceOf("w"), process.execPath, program, WORLD.v4, "8080", "world"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(server.stdout!, "data");
    const egress = ground.start(
      "c",
      `egress: { pool: main, listen: egress.sock, addresses: [100.64.0.0/16, "fd00:f10::/64"], networks: all }`,
    );
    const client = ground.start("a", "up: { pool: main, session: mesh.sock, mesh-user: 0 }");
    try {
      await expect
        .poll(() => client.hasLogged("VPN_SESSION_UP") || client.stderr || egress.stderr, PATIENCE)
        .toBe(true);
      const [command, ...args] = ground.asUser(
        "a",
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "10",
        `http://${WORLD.v4}:8080/who`,
      );
      const { stdout } = await run(command!, args);
      expect(stdout.trim()).toBe("world");
    } finally {
      console.log(
        client.stdout,
        client.stderr,
        egress.stdout,
        egress.stderr,
        JSON.stringify(await ground.status("a").catch(String)),
        JSON.stringify(await ground.status("c").catch(String)),
      );
      server.kill();
    }
  });
});
