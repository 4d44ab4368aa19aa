import { randomBytes } from "node:crypto";
import { openFlorioPort, packetCount } from "@florenetes/florio";
import { PortalClient, type PortalClientOptions, PortalServer } from "@florenetes/portal-api";

const TIMER_MS = 10;
const LINK_MTU = 16_384;

/** One end of the generator: a FlorIO socket on which frames are sent and received, in the place of one of the two vertices. */
export interface GeneratorEnd extends Disposable {
  /** Packets that came in over all links. */
  readonly received: number;
  /** Handle of the link to a peer; 0 while it is not up. */
  handleOf(peer: string): number;
  /** One frame with so many copies of the packet. */
  sendFrame(handle: number, packet: Uint8Array, count: number): void;
  /** False while the link or the socket asks to hold back. */
  isWritable(peer: string): boolean;
}

export interface EndPaths {
  readonly bind: string;
  readonly connect: string;
}

/** Either side of the Portal API, as the generator drives it. */
interface PortalSide {
  handleConnected(now: number): void;
  handleDisconnected(now: number): void;
  handleMessage(message: Uint8Array, now: number): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  pollTransmit(): Uint8Array | undefined;
}

/** The links of either side. */
interface Links {
  handleEvents(): void;
  handleOf(peer: string): number;
  isCongested(peer: string): boolean;
}

/** Takes the place of a link vertex: every link that the cluster vertex asks for is up at once. */
export function openAsLinkVertex(cluster: string, principal: string, paths: EndPaths): GeneratorEnd {
  const server = new PortalServer({ cluster, principal, instance: newInstance(), linkMtuMax: LINK_MTU });
  const handles = new Map<string, number>();
  const up = { state: "up", mtu: LINK_MTU, preferredMtu: LINK_MTU, code: "", text: "", isCongested: false } as const;
  const handleEvents = (): void => {
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) {
      if (event.kind !== "open") continue;
      const { peer, tag } = event.wish;
      const handle = handles.size + 1;
      handles.set(peer, handle);
      server.setLinkStatus({ ...up, peer, tag, handle }, performance.now());
    }
  };
  return drive(server, paths, { handleEvents, handleOf: (peer) => handles.get(peer) ?? 0, isCongested: () => false });
}

/** Takes the place of a cluster vertex with one link, which it originates. */
export function openAsClusterVertex(
  options: Omit<PortalClientOptions, "instance">,
  link: { readonly peer: string; readonly endpoint: string },
  paths: EndPaths,
): GeneratorEnd {
  const client = new PortalClient({ ...options, instance: newInstance() });
  client.openLink({ ...link, tag: "0", role: "originator" }, performance.now());
  const statusOf = (peer: string) => client.linkStatus({ peer, tag: "0" });
  return drive(client, paths, {
    handleEvents: () => {
      while (client.pollEvent() !== undefined);
    },
    handleOf: (peer) => statusOf(peer)?.handle ?? 0,
    isCongested: (peer) => statusOf(peer)?.isCongested !== false,
  });
}

function drive(portal: PortalSide, paths: EndPaths, links: Links): GeneratorEnd {
  let received = 0;
  const act = (action: (now: number) => void): void => {
    action(performance.now());
    links.handleEvents();
    for (let message = portal.pollTransmit(); message !== undefined; message = portal.pollTransmit()) {
      port.sendControl(message);
    }
  };
  const port = openFlorioPort({
    ...paths,
    handlers: {
      onConnected: () => act((now) => portal.handleConnected(now)),
      onDisconnected: () => act((now) => portal.handleDisconnected(now)),
      onControl: (message) => act((now) => portal.handleMessage(message, now)),
      onData: (_handle, frame) => void (received += packetCount(frame)),
      onWritable: () => undefined,
    },
  });
  const timer = setInterval(() => {
    if (portal.nextTimeout() <= performance.now()) act((now) => portal.handleTimeout(now));
  }, TIMER_MS);
  return {
    get received() {
      return received;
    },
    handleOf: (peer) => links.handleOf(peer),
    sendFrame: (handle, packet, count) => {
      for (let i = 0; i < count; i++) port.sendPacket(handle, packet, 0, packet.length);
      port.flush();
    },
    isWritable: (peer) => port.isWritable && !links.isCongested(peer),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      port.close();
    },
  };
}

function newInstance(): { startedAt: number; id: string } {
  return { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
}
