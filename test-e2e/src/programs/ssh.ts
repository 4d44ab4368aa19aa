import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startSsh } from "@florenetes/workloads";
import { beforeAll, expect, test } from "vitest";
import { fileContents, fileDigest } from "../file-contents.ts";
import { PATIENCE, PATIENCE_MS } from "../patience.ts";
import { MEGABYTE } from "../services.ts";
import { Conversation } from "./conversation.ts";
import { overTcp, type Ports, type Program } from "./program.ts";

export const sshPorts: Ports = { target: 2222, tunnel: 18_002 };
const { target, tunnel } = sshPorts;

/** OpenSSH's clients against its server. */
export const ssh: Program = {
  name: "ssh",
  needs: ["ssh", "scp", "ssh-keygen", "/usr/sbin/sshd"],
  services: () => ({ ssh: overTcp(sshPorts) }),
  bytes: 4 * MEGABYTE,
  describe(mesh, bytes) {
    let options: readonly string[];
    beforeAll(async () => {
      ({ options } = await startSsh(mesh, target, tunnel));
    });

    test("a command: its input, its output, its exit code", async () => {
      const command = ["ssh", "-p", String(tunnel), ...options, "root@127.0.0.1"];
      expect(await mesh.run([...command, "tr a-z A-Z"], { input: "hello\n" })).toBe("HELLO\n");
      expect((await mesh.lab.exec("a", [...command, "exit 7"], { timeoutMs: PATIENCE_MS })).code).toBe(7);
    });

    test(`scp: ${bytes / MEGABYTE} MB there and back`, async () => {
      const [sent, there, back] = ["sent", "there", "back"].map((name) => join(mesh.folder, `scp-${name}`));
      await pipeline(fileContents(bytes), createWriteStream(sent!));
      const scp = ["scp", "-q", "-P", String(tunnel), ...options];
      await mesh.run([...scp, sent!, `root@127.0.0.1:${there}`]);
      expect(await digestOf(there!)).toBe(fileDigest(bytes));
      await mesh.run([...scp, `root@127.0.0.1:${there}`, back!]);
      expect(await digestOf(back!)).toBe(fileDigest(bytes));
    });

    test("an interactive session: it echoes what is typed, hears Ctrl-C, and ends", async () => {
      const argv = ["ssh", "-tt", "-p", String(tunnel), ...options, "root@127.0.0.1", "env PS1='ready> ' sh -i"];
      const session = new Conversation(mesh.lab.spawn("a", argv));
      await session.hears("ready> ");
      for (const number of [6, 7, 8]) {
        session.says(`echo $((${number} * 7))\r`);
        await session.hears(`echo $((${number} * 7))\r\n${number * 7}\r\nready> `);
      }
      session.says("tty; sleep 60\r");
      await session.hears("/dev/pts/");
      session.says("\x03");
      await session.hears("ready> ");
      session.says("exit 9\r");
      expect(await session.end()).toBe(9);
    });

    test("a client that is killed takes its session with it", async () => {
      const argv = ["ssh", "-tt", "-p", String(tunnel), ...options, "root@127.0.0.1", "echo pid $$.; exec sleep 600"];
      const client = mesh.lab.spawn("a", argv);
      const session = new Conversation(client);
      await session.hears("pid ");
      const pid = Number.parseInt(await session.hears("."), 10);
      expect(isRunning(pid)).toBe(true);
      client.kill("SIGKILL");
      await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
    });
  },
};

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
