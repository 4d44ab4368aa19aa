/** The nodes of labs as machines that ssh leads to: one sshd with a port for each, whose shells find the programs as a real node's do. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, onNode } from "@florenetes/meshlab";
import { expect, vi } from "vitest";
import { runToEnd } from "./executables.ts";
import { freePort } from "./free-port.ts";
import { PATIENCE } from "./patience.ts";

/**
 * Starts the server; it ends with the lab.
 *
 * @param nodesFile holds `NodeCommands`
 * @returns the words of `ssh` that lead to a node by its name
 */
export async function startNodeShells(lab: Lab, nodesFile: string): Promise<string> {
  const folder = join(lab.folder, "ssh");
  await mkdir(folder, { mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  for (const name of ["host", "user"]) {
    const { code, stderr } = await runToEnd(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  }
  const nodes = await Promise.all(lab.nodeNames.map(async (node) => ({ node, port: await freePort() })));
  await Promise.all(nodes.map(({ node }) => writePrograms(file(node), node, nodesFile)));
  await writeFile(file("server"), serverConfig(file, nodes));
  await writeFile(file("client"), clientConfig(file, nodes));
  const [kind, key] = (await readFile(file("host.pub"), "utf8")).split(" ");
  await writeFile(file("known"), nodes.map(({ port }) => `[127.0.0.1]:${port} ${kind} ${key}\n`).join(""));
  // sshd asks for this folder, which Debian's service would make.
  await mkdir("/run/sshd", { mode: 0o755, recursive: true });
  lab.spawn(lab.nodeNames[0]!, ["/usr/sbin/sshd", "-D", "-e", "-f", file("server")], { stdio: "ignore" });
  const words = ["ssh", "-F", file("client")];
  await vi.waitFor(async () => {
    expect(await runToEnd([...words, nodes[0]!.node, "true"])).toMatchObject({ code: 0 });
  }, PATIENCE);
  return words.join(" ");
}

type Named = (name: string) => string;

function serverConfig(file: Named, nodes: readonly { readonly node: string; readonly port: number }[]): string {
  return [
    ...nodes.map(({ port }) => `ListenAddress 127.0.0.1:${port}`),
    `HostKey ${file("host")}`,
    `AuthorizedKeysFile ${file("user.pub")}`,
    "PidFile none",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
    ...nodes.flatMap(({ node, port }) => [`Match LocalPort ${port}`, `  SetEnv PATH=${file(node)}:/usr/bin:/bin`]),
    "",
  ].join("\n");
}

function clientConfig(file: Named, nodes: readonly { readonly node: string; readonly port: number }[]): string {
  return [
    ...nodes.flatMap(({ node, port }) => [`Host ${node}`, "  HostName 127.0.0.1", `  Port ${port}`]),
    "Host *",
    "  User root",
    `  IdentityFile ${file("user")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${file("known")}`,
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "",
  ].join("\n");
}

/** The programs of a node, as its shell finds them. */
async function writePrograms(folder: string, node: string, nodesFile: string): Promise<void> {
  await mkdir(folder);
  for (const program of ["link-flor", "cluster-flor"]) {
    const place = join(folder, program);
    await writeFile(place, `#!/bin/sh\nexec ${onNode().join(" ")} ${nodesFile} ${node} ${program} "$@"\n`);
    await chmod(place, 0o755);
  }
}
