import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Lab } from "@florenetes/meshlab";
import { expect } from "vitest";

export const MEGABYTE = 1_000_000;

/** Starts the HTTP service of the tests on a node; it answers `/who` with `name`. The service ends with the lab. */
export async function startFileServer(
  lab: Lab,
  node: string,
  port: number,
  name = node,
  host = "127.0.0.1",
): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("file-server.ts", import.meta.url));
  const server = lab.spawn(node, [process.execPath, program, host, String(port), name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [ready] = (await once(server.stdout!, "data")) as [Buffer];
  expect(ready.toString()).toBe("ready\n");
  return server;
}

/** The name of the HTTP service that answers at a port of a node; empty when none does. */
export async function askWho(lab: Lab, node: string, port: number): Promise<string> {
  const { stdout } = await lab.exec(node, ["curl", "--silent", "--max-time", "5", `http://127.0.0.1:${port}/who`]);
  return stdout.trim();
}

/** Waits until a program has said a text, in whatever pieces it comes. Fails when its output ends before. */
export function untilSaid(output: Readable, text: string): Promise<void> {
  let said = "";
  return new Promise((done, fail) => {
    output.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes(text)) done();
    });
    output.once("end", () => fail(new Error(`a program ended without a word of "${text}": ${said}`)));
  });
}

/** Runs curl on a node; returns what it printed. Fails the test when curl fails. */
export async function curl(lab: Lab, node: string, ...args: string[]): Promise<string> {
  const argv = ["curl", "--silent", "--show-error", "--fail", "--max-time", "100", ...args];
  const { code, stdout, stderr } = await lab.exec(node, argv, { timeoutMs: 110_000 });
  expect(code, `${argv.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

/** Downloads `size` bytes with curl; returns their SHA-256, hexadecimal. */
export async function downloadDigest(lab: Lab, node: string, port: number, size: number): Promise<string> {
  const url = `http://127.0.0.1:${port}/file?size=${size}`;
  const command = `set -o pipefail; curl --silent --show-error --fail --max-time 100 '${url}' | sha256sum`;
  // Node's pipes are sockets: bash would take them for a remote login, and read its start-up file.
  const { code, stdout, stderr } = await lab.exec(node, ["bash", "--norc", "-c", command], { timeoutMs: 110_000 });
  expect({ code, stderr }, url).toEqual({ code: 0, stderr: "" });
  return stdout.split(" ")[0]!;
}

/** Uploads a file with curl; returns the SHA-256 of what the service got. */
export function uploadDigest(lab: Lab, node: string, port: number, file: string): Promise<string> {
  return curl(lab, node, "--upload-file", file, `http://127.0.0.1:${port}/file`);
}
