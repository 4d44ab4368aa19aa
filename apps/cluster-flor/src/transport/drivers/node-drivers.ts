import { randomBytes } from "node:crypto";
import { bootMilliseconds } from "@florenetes/native";
import { nodeTime } from "@florenetes/scheduling";
import type { TransportDrivers } from "../transport-options.ts";
import { NodeDatagrams } from "./node-datagrams.ts";
import { NodeNetwork } from "./node-network.ts";

/** Sockets, timers, clocks and random bytes of Node for the transport service. */
export function nodeDrivers(): TransportDrivers {
  const datagrams = new NodeDatagrams();
  return {
    ...nodeTime,
    bootNow: bootMilliseconds,
    local: new NodeNetwork(undefined, datagrams),
    datagrams,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
