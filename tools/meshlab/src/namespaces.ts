import { forEachParallel, runCommand } from "./command.ts";
import { labError } from "./lab-error.ts";
import { PARALLEL_MAX } from "./limits.ts";

/** A wire between two namespaces: a veth pair of the same interface name at both ends. */
export interface Wire {
  /** The name of both interfaces. */
  readonly name: string;
  /** The ends, in the order of the link's `between`. */
  readonly ends: readonly [WireEnd, WireEnd];
}

export interface WireEnd {
  readonly namespace: string;
  readonly address: string;
}

/** @throws OperatorError `ERR_LAB_NOT_ROOT` */
export function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw labError(
    "ERR_LAB_NOT_ROOT",
    "network namespaces need root",
    "Run it with sudo, or leave out --netns to use loopback.",
  );
}

/** The two addresses of the wire with a number. They are a network of their own, so that nothing else is on the way. */
export function wireAddresses(number: number): readonly [string, string] {
  const network = `10.${77 + Math.floor(number / 256)}.${number % 256}`;
  return [`${network}.1`, `${network}.2`];
}

/**
 * Makes namespaces with nothing in them but loopback and their wires. They have no routes, and forward nothing. A wire may end in a
 * namespace that is there already.
 */
export async function createNamespaces(namespaces: readonly string[], wires: readonly Wire[]): Promise<void> {
  const lines = [
    ...namespaces.map((name) => `netns add ${name}`),
    ...wires.map(
      ({ name, ends: [a, b] }) =>
        `link add ${name} netns ${a.namespace} type veth peer name ${name} netns ${b.namespace}`,
    ),
  ];
  await runCommand(["ip", "-batch", "-"], `${lines.join("\n")}\n`);
  const touched = new Set([...namespaces, ...wires.flatMap(({ ends }) => ends.map(({ namespace }) => namespace))]);
  await forEachParallel([...touched], PARALLEL_MAX, async (namespace) => {
    const ends = wires.flatMap(({ name, ends }) =>
      ends.filter((end) => end.namespace === namespace).map(({ address }) => ({ name, address })),
    );
    const set = [
      "link set lo up",
      ...ends.flatMap(({ name, address }) => [`addr add ${address}/30 dev ${name}`, `link set ${name} up`]),
    ];
    await runCommand(["ip", "-n", namespace, "-batch", "-"], `${set.join("\n")}\n`);
    // A new namespace may inherit the machine's own setting.
    await runCommand([...inNamespace(namespace), "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward"]);
  });
}

/** The words before a command that make it run in a namespace. The command keeps the process. */
export function inNamespace(namespace: string): readonly string[] {
  return ["ip", "netns", "exec", namespace];
}

export async function setWire(wire: Wire, state: "up" | "down"): Promise<void> {
  await runCommand(["ip", "-n", wire.ends[0].namespace, "link", "set", wire.name, state]);
}

/** Deletes the namespaces, as far as they are there. Their wires go with them. */
export async function deleteNamespaces(namespaces: readonly string[]): Promise<void> {
  if (namespaces.length === 0) return;
  const list = await runCommand(["ip", "netns", "list"]);
  const present = new Set(list.split("\n").map((line) => line.split(" ")[0]));
  const lines = namespaces.filter((name) => present.has(name)).map((name) => `netns del ${name}`);
  if (lines.length > 0) await runCommand(["ip", "-force", "-batch", "-"], `${lines.join("\n")}\n`);
}

/** Processes in a namespace, whoever started them. */
export async function namespaceProcesses(namespace: string): Promise<readonly number[]> {
  const text = await runCommand(["ip", "netns", "pids", namespace]).catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
}
