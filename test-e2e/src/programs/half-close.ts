import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { overTcp, type Ports, type Program } from "./program.ts";

const LINE = "what is sent before the end\n";
const answer: Ports = { target: 9001, tunnel: 18_008 };
const listen: Ports = { target: 9002, tunnel: 18_009 };

/** The end of one direction leaves the other open: bytes that are sent after it arrive. */
export const halfClose: Program = {
  name: "half-close",
  needs: ["socat", "nc", "sha256sum"],
  services: () => ({ answer: overTcp(answer), listen: { ...overTcp(listen), "health-check": "off" } }),
  // The bytes are more than all buffers on the way hold, so that the end comes long after the first byte.
  bytes: 100_000 * LINE.length,
  describe(mesh, bytes) {
    const sent = LINE.repeat(bytes / LINE.length);
    const digest = `${createHash("sha256").update(sent).digest("hex")}  -\n`;
    let file: string;

    beforeAll(async () => {
      file = join(mesh.folder, "half-close");
      await writeFile(file, sent);
      // The service answers only when it has heard the end.
      const address = `TCP-LISTEN:${answer.target},bind=127.0.0.1,reuseaddr,fork`;
      await mesh.serve(answer.target, ["socat", "-t", "20", address, "SYSTEM:sleep 0.3; sha256sum"]);
    });

    const clients = [
      { name: "nc -N", argv: ["nc", "-N", "127.0.0.1", String(answer.tunnel)] },
      { name: "socat", argv: ["socat", "-t", "20", "-", `TCP:127.0.0.1:${answer.tunnel}`] },
    ];
    test.each(clients)("$name ends its half first, and hears the answer", async ({ argv }) => {
      expect(await mesh.run(argv, { input: sent })).toBe(digest);
    });

    const servers = [
      { name: "nc -N", argv: ["nc", "-N", "-l", "127.0.0.1", String(listen.target)] },
      {
        name: "socat",
        argv: ["socat", "-t", "20", "-", `TCP-LISTEN:${listen.target},bind=127.0.0.1,reuseaddr`],
      },
    ];
    test.each(servers)("$name as the server ends its half first, and hears the answer", async ({ argv }) => {
      const server = await mesh.serve(
        listen.target,
        ["bash", "--norc", "-c", `exec "$@" < '${file}'`, "-", ...argv],
        ["ignore", "pipe", "pipe"],
      );
      const heard = text(server.stdout!);
      const connect = `TCP:127.0.0.1:${listen.tunnel}`;
      await mesh.run(["socat", "-t", "20", connect, "SYSTEM:sha256sum; sleep 0.3; echo after"]);
      expect(await heard).toBe(`${digest}after\n`);
    });
  },
};
