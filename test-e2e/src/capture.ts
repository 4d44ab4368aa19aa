// Captures what programs say: every socket of a process by strace, as Unix sockets can be seen nowhere else, and
// every wire of a node by tcpdump.
import { readdir, readFile } from "node:fs/promises";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab, ProcessName, VertexCommand } from "@florenetes/meshlab";
import { executable } from "./executables.ts";
import { PATIENCE_MS } from "./patience.ts";

/** The system calls that read or write a socket. Calls on files are told apart by their descriptors. */
const calls = "%network,read,write,readv,writev";
/** Writes one file for each thread, so that no call is split over two lines, with all bytes of every call in hexadecimal. */
const strace = `strace -D -ff -y -xx -s 65536 -e trace=${calls} -e signal=none`;

/** The mark of a socket's descriptor in strace's output, which has all names in hexadecimal. */
const socketMark = `<${Buffer.from("socket:[").toString("hex")}`;

/** A command for `openLab`: the executable, under strace from its first moment where its node is one of `nodes`. */
export function tracedVertex(name: ProcessName, nodes: readonly string[], folder: string): VertexCommand {
  const script = `case " ${nodes.join(" ")} " in
    *" $FLORENETES_NODE "*) exec ${strace} -o "$0/$FLORENETES_NODE.${name}" "$@" ;;
    *) exec "$@" ;;
  esac`;
  return ["bash", "--norc", "-c", script, folder, ...executable(name)];
}

/** The traffic of the sockets of a node's traced process: a line for each call, with all bytes as hexadecimal digits. */
export async function readSockets(folder: string, node: string, name: ProcessName): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${node}.${name}.`));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "latin1")));
  return texts
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replaceAll("\\x", ""))
    .filter((line) => line.includes(socketMark));
}

/** How many lines hold these bytes. */
export function countLines(lines: readonly string[], bytes: string | Uint8Array): number {
  const digits = Buffer.from(bytes as string).toString("hex");
  return lines.filter((line) => line.includes(digits)).length;
}

/**
 * Starts to capture all interfaces of a node, or one; returns a function that ends the capture and gives the captured bytes.
 *
 * tcpdump forgets packets that it has not yet read from the kernel when it is told to end, and counts none of them as missed. So
 * a mark is sent over the loopback, which both kinds of capture see: when the mark is in the file, so is all that came before.
 * The kernel's buffer is larger than all that a test says, so that nothing is lost however long tcpdump has to wait for a CPU.
 * (In its immediate mode every packet takes 256 KiB of that buffer.)
 */
export async function captureWires(
  lab: Lab,
  node: string,
  file: string,
  device = "any",
): Promise<() => Promise<Buffer>> {
  const argv = ["tcpdump", "-i", device, "-U", "-n", "-s", "0", "-B", "65536", "-Z", "root", "-w", file];
  const tcpdump = lab.spawn(node, argv, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(tcpdump, "close");
  let said = "";
  tcpdump.stderr!.setEncoding("utf8");
  for await (const text of tcpdump.stderr!.iterator({ destroyOnReturn: false })) {
    said += text as string;
    if (said.includes("listening on")) break;
  }
  tcpdump.stderr!.on("data", (text: string) => (said += text));
  return async () => {
    // Bash sends a datagram at every end of a line, so the mark has no line end in it.
    const mark = randomBytes(16).toString("hex");
    await lab.exec(node, ["bash", "--norc", "-c", `printf ${mark} > /dev/udp/127.0.0.1/9`], { timeoutMs: PATIENCE_MS });
    const until = Date.now() + PATIENCE_MS;
    while (!(await readFile(file)).includes(mark)) {
      if (Date.now() > until) throw new Error(`tcpdump has not come to the mark: ${said}`);
      await sleep(50);
    }
    tcpdump.kill("SIGTERM");
    await ended;
    if (!said.includes("\n0 packets dropped by kernel")) throw new Error(`tcpdump missed packets: ${said}`);
    return readFile(file);
  };
}
