import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import { areInstalled } from "../installed.ts";
import { type ProgramMesh, services } from "./program-mesh.ts";

const { target, tunnel } = services.websocket;
/** Debian's own: another one has no packages of Debian's. */
const PYTHON = "/usr/bin/python3";

/** The client that Node has, against Debian's python3-websockets. */
export function describeWebsocket(mesh: ProgramMesh): void {
  describe.skipIf(!areInstalled("WebSocket", PYTHON, "/usr/lib/python3/dist-packages/websockets"))(
    "a WebSocket",
    () => {
      test("short and long messages come back, and the close has its code", async () => {
        await mesh.serve(target, [PYTHON, program("websocket-echo.py"), "127.0.0.1", String(target)]);
        await mesh.run([process.execPath, program("websocket-client.ts"), `ws://127.0.0.1:${tunnel}/`]);
      });
    },
  );
}

function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
