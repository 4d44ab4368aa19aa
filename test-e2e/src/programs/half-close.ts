import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../installed.ts";
import { type ProgramMesh, services } from "./program-mesh.ts";

/** Longer than any buffer on the way is deep, so that the end comes long after the first byte. */
const SENT = "what is sent before the end\n".repeat(100_000);
const DIGEST = `${createHash("sha256").update(SENT).digest("hex")}  -\n`;

/** An end of one direction is not the end of the other: what is sent after it arrives. */
export function describeHalfClose(mesh: ProgramMesh): void {
  const isHere = areInstalled("half-close", "socat", "nc", "sha256sum");

  describe.skipIf(!isHere)("half-close", () => {
    let file: string;
    beforeAll(async () => {
      file = join(mesh.folder, "half-close");
      await writeFile(file, SENT);
      // It answers when it has heard the end, and not before.
      const { target } = services.answer;
      const listen = `TCP-LISTEN:${target},bind=127.0.0.1,reuseaddr,fork`;
      await mesh.serve(target, ["socat", "-t", "20", listen, "SYSTEM:sleep 0.3; sha256sum"]);
    });

    const clients = [
      { name: "nc -N", argv: ["nc", "-N", "127.0.0.1", String(services.answer.tunnel)] },
      { name: "socat", argv: ["socat", "-t", "20", "-", `TCP:127.0.0.1:${services.answer.tunnel}`] },
    ];
    test.each(clients)("$name ends its half first, and hears the answer", async ({ argv }) => {
      expect(await mesh.run(argv, { input: SENT })).toBe(DIGEST);
    });

    const servers = [
      { name: "nc -N", argv: ["nc", "-N", "-l", "127.0.0.1", String(services.listen.target)] },
      {
        name: "socat",
        argv: ["socat", "-t", "20", "-", `TCP-LISTEN:${services.listen.target},bind=127.0.0.1,reuseaddr`],
      },
    ];
    test.each(servers)("$name as the server ends its half first, and hears the answer", async ({ argv }) => {
      const server = await mesh.serve(
        services.listen.target,
        ["bash", "--norc", "-c", `exec "$@" < '${file}'`, "-", ...argv],
        ["ignore", "pipe", "pipe"],
      );
      const heard = text(server.stdout!);
      const connect = `TCP:127.0.0.1:${services.listen.tunnel}`;
      await mesh.run(["socat", "-t", "20", connect, "SYSTEM:sha256sum; sleep 0.3; echo after"]);
      expect(await heard).toBe(`${DIGEST}after\n`);
    });
  });
}
