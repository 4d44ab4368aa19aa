import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { untilListens } from "./listening.ts";
import { openPeer } from "./peer.ts";

/** Its own default. */
const PORT = 655;
const NODES: readonly NodeName[] = ["a", "b", "c", "d", "e", "f", "g"];

/** A mesh of packets over UDP; b and c read what they pass on, since version 1.0 encrypts towards the next node. */
export function openTinc(place: Place): Promise<System> {
  return openPeer({
    place,
    word: "tinc",
    prepare: ({ line, folder, daemons }) => {
      const { argv, version } = findProgram("tincd", "tinc");
      const home = (node: NodeName): string => join(folder, node);
      for (const [index, node] of line.nodes.entries()) makeTincHome(home(node), node, line.nodes[index + 1]);
      for (const node of line.nodes) {
        for (const other of line.nodes) {
          const file = join(home(other), "hosts", node);
          const key = readFileSync(join(home(node), "key.pub"), "utf8");
          writeFileSync(file, writeTincHost(line.address(node), overlayOf(node)) + key);
        }
      }
      return {
        description: {
          name: "tinc",
          version,
          topology: "one tincd a node, an overlay on TUN; neighbours alone connect, packets over UDP on each link",
          isEncryptedEndToEnd: false,
          limits: ["Encrypted per hop: b and c read what they pass on."],
        },
        overlayHost: overlayOf("d"),
        startNode: async (node) => {
          const options = ["-c", home(node), "-D", `--pidfile=${join(home(node), "pid")}`];
          daemons.start(node, "tincd", [...argv, ...options]);
          await untilListens(line, node, PORT);
        },
      };
    },
  });
}

function overlayOf(node: NodeName): string {
  return `10.80.0.${1 + NODES.indexOf(node)}`;
}

function makeTincHome(home: string, node: NodeName, next: NodeName | undefined): void {
  mkdirSync(join(home, "hosts"), { recursive: true });
  writeFileSync(join(home, "tinc.conf"), writeTincConfig(node, next));
  writeFileSync(
    join(home, "tinc-up"),
    `#!/bin/sh\nip link set "$INTERFACE" up\nip address add ${overlayOf(node)}/24 dev "$INTERFACE"\n`,
  );
  chmodSync(join(home, "tinc-up"), 0o755);
  execFileSync("openssl", ["genrsa", "-traditional", "-out", join(home, "rsa_key.priv"), "2048"], { stdio: "pipe" });
  chmodSync(join(home, "rsa_key.priv"), 0o600);
  const key = ["rsa", "-in", join(home, "rsa_key.priv"), "-RSAPublicKey_out", "-out", join(home, "key.pub")];
  execFileSync("openssl", key, { stdio: "pipe" });
}

/** @param next the node that it keeps connecting to; undefined for the last. */
export function writeTincConfig(node: NodeName, next: NodeName | undefined): string {
  const lines = [`Name = ${node}`, "AddressFamily = ipv4", "Interface = tinc0", "Mode = router"];
  return [...lines, ...(next === undefined ? [] : [`ConnectTo = ${next}`]), ""].join("\n");
}

/** What every node knows of one; its public key follows. Nobody tries to reach it but over those that it is connected to. */
export function writeTincHost(address: string, overlay: string): string {
  return [`Address = ${address}`, `Subnet = ${overlay}/32`, "IndirectData = yes", ""].join("\n");
}
