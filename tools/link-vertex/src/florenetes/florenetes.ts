/** The parts that every link vertex needs: FlorIO, the Portal API, config file, identity, signals and logs. `runLinkVertex` is the program. */
export type { LinkKey, LinkProtocol, Links, LinkState, LinkWish, Peer, Refusal, Vertex } from "./link-protocol.ts";
export { PacketQueue } from "./packet-queue.ts";
export { Retries } from "./retries.ts";
export { runLinkVertex } from "./run-link-vertex.ts";
