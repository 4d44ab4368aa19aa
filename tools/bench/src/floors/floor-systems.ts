import { type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Line, makeLine } from "../line.ts";
import { type NodeName, USUAL_PLACE } from "../place.ts";
import { makeOwnFolder } from "../sweep.ts";
import { LOCAL_PORTS, SERVICES, type System } from "../system.ts";
import { planMesh, planRow, type Relay, type RelayPlace } from "./relay-plan.ts";

const ECHO = { host: "127.0.0.1", port: SERVICES.echo };
const LOCAL_ECHO = { host: "127.0.0.1", port: LOCAL_PORTS.echo };
const PROXY_PORT = 9200;

/** Eight processes that only pass messages on, once each. */
export function openRow(): Promise<System> {
  return openRelays("row", "eight Node processes in a row: TCP, Unix datagrams and UDP in turns, TCP", planRow);
}

/** Eight processes that only pass messages on, and each as often as the mesh does: six times over Unix datagrams. */
export function openMeshOfRelays(): Promise<System> {
  const topology = "eight Node processes as in the mesh: TCP, six times Unix datagrams, three times UDP, TCP";
  return openRelays("relays", topology, planMesh);
}

function openRelays(word: string, topology: string, plan: (place: RelayPlace) => Relay[]): Promise<System> {
  return openFloor({
    word,
    forwards: false,
    topology,
    programs: (line, folder) => {
      const relays = plan({ folder, line, listen: LOCAL_ECHO, connect: ECHO });
      return relays.map((relay) => ({ node: relay.node, argv: program("relay", JSON.stringify(relay)) }));
    },
  });
}

/** A proxy on a, and one on d; the kernel forwards between them. */
export function openProxies(): Promise<System> {
  return openFloor({
    word: "proxies",
    forwards: true,
    topology: "a plain TCP proxy on a and one on d, in Node; the kernel forwards between them",
    programs: (line) => [
      { node: "a", argv: program("tcp-proxy", "127.0.0.1", LOCAL_PORTS.echo, line.address("d"), PROXY_PORT) },
      { node: "d", argv: program("tcp-proxy", line.address("d"), PROXY_PORT, ECHO.host, ECHO.port) },
    ],
  });
}

interface FloorOptions {
  readonly word: string;
  readonly forwards: boolean;
  readonly topology: string;
  readonly programs: (line: Line, folder: string) => { readonly node: NodeName; readonly argv: readonly string[] }[];
}

/** The echo service alone is carried: nothing else is measured of a floor. */
async function openFloor({ word, forwards, topology, programs }: FloorOptions): Promise<System> {
  const line = await makeLine(word, { place: USUAL_PLACE, forwards });
  const folder = makeOwnFolder(word);
  const children: ChildProcess[] = [];
  const dispose = (): void => {
    for (const child of children) child.kill("SIGKILL");
    line[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  let said = "";
  try {
    for (const { node, argv } of programs(line, folder)) {
      const child = line.spawn(node, argv);
      child.stderr!.on("data", (bytes: Buffer) => (said += bytes.toString()));
      child.stdout!.resume();
      children.push(child);
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    description: {
      name: word,
      version: process.version,
      topology,
      links: USUAL_PLACE.links,
      isEncryptedEndToEnd: false,
      limits: [],
    },
    serverHost: ECHO.host,
    target: () => LOCAL_ECHO,
    spawn: (node, argv) => line.spawn(node, argv),
    processes: () => new Map(children.map((child, index) => [`${word} ${index}`, child.pid!])),
    deaths: () => said.split("\n").find((text) => /^\w*Error\b/.test(text)),
    faults: [],
    strike: () => Promise.resolve(),
    recover: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(dispose()),
  };
}

function program(name: string, ...args: (string | number)[]): string[] {
  const file = fileURLToPath(new URL(`programs/${name}${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, file, ...args.map(String)];
}
