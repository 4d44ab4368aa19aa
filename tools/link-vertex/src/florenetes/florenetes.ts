/** Every link vertex needs this: FlorIO, the Portal API, config file, identity, signals and logs. `runLinkVertex` is all of the program. */
export type { LinkKey, LinkProtocol, Links, LinkState, LinkWish, Peer, Refusal, Vertex } from "./link-protocol.ts";
export { PacketQueue } from "./packet-queue.ts";
export { Retries } from "./retries.ts";
export { runLinkVertex } from "./run-link-vertex.ts";
