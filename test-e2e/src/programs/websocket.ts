import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { MEGABYTE } from "../services.ts";
import { overTcp, type Ports, type Program } from "./program.ts";

const ports: Ports = { target: 8081, tunnel: 18_005 };
const MESSAGES = 500;
/** The Python of Debian: another one does not have Debian's packages. */
const PYTHON = "/usr/bin/python3";

/** The client that Node has, against Debian's python3-websockets. */
export const websocket: Program = {
  name: "a WebSocket",
  needs: [PYTHON, "/usr/lib/python3/dist-packages/websockets"],
  services: () => ({ websocket: overTcp(ports) }),
  bytes: MEGABYTE,
  describe(mesh, bytes) {
    test("short and long messages come back, and the close has its code", async () => {
      await mesh.serve(ports.target, [PYTHON, program("websocket-echo.py"), "127.0.0.1", String(ports.target)]);
      const messages = (MESSAGES * bytes) / MEGABYTE;
      const client = [process.execPath, program("websocket-client.ts"), `ws://127.0.0.1:${ports.tunnel}/`];
      await mesh.run([...client, String(messages), String(bytes)]);
    });
  },
};

function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
