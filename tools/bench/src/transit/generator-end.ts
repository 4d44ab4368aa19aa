import { randomBytes } from "node:crypto";
import { type FlorioPort, openFlorioPort, packetCount } from "@florenetes/florio";
import { PortalClient, type PortalClientOptions, PortalServer } from "@florenetes/portal-api";

const TIMER_MS = 10;
const LINK_MTU = 16_384;

/** One end of the generator: a FlorIO socket on which frames are sent and received, in the place of one of the two vertices. */
export interface GeneratorEnd extends Disposable {
  /** Packets that came in over all links. */
  readonly received: number;
  /** Handle of the link to a peer; 0 while it is not up. */
  handleOf(peer: string): number;
  /** One frame with so many copies of the packet. False: the socket is full. */
  sendFrame(handle: number, packet: Uint8Array, count: number): boolean;
  /** False while the link or the socket asks to hold back. */
  isWritable(peer: string): boolean;
}

export interface EndPaths {
  readonly bind: string;
  readonly connect: string;
}

/** The Portal API's two sides, as far as the generator drives them alike. */
interface PortalSide {
  handleConnected(now: number): void;
  handleDisconnected(now: number): void;
  handleMessage(message: Uint8Array, now: number): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  pollTransmit(): Uint8Array | undefined;
}

/** Takes the place of a link vertex: every link that the cluster vertex asks for is up at once. */
export function openAsLinkVertex(cluster: string, principal: string, paths: EndPaths): GeneratorEnd {
  const server = new PortalServer({ cluster, principal, instance: newInstance(), linkMtuMax: LINK_MTU });
  const handles = new Map<string, number>();
  const handleEvents = (): void => {
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) {
      if (event.kind !== "open") continue;
      const { peer, tag } = event.wish;
      const handle = handles.size + 1;
      handles.set(peer, handle);
      const status = {
        peer,
        tag,
        state: "up",
        handle,
        mtu: LINK_MTU,
        preferredMtu: LINK_MTU,
        code: "",
        text: "",
        isCongested: false,
      } as const;
      server.setLinkStatus(status, performance.now());
    }
  };
  const { port, counted, close } = drive(server, handleEvents, paths);
  return {
    get received() {
      return counted.packets;
    },
    handleOf: (peer) => handles.get(peer) ?? 0,
    sendFrame: (handle, packet, count) => sendFrame(port, handle, packet, count),
    isWritable: () => port.isWritable,
    [Symbol.dispose]: close,
  };
}

/** Takes the place of a cluster vertex with one link, which it originates. */
export function openAsClusterVertex(
  options: Omit<PortalClientOptions, "instance">,
  link: { readonly peer: string; readonly endpoint: string },
  paths: EndPaths,
): GeneratorEnd {
  const client = new PortalClient({ ...options, instance: newInstance() });
  client.openLink({ ...link, tag: "0", role: "originator" }, performance.now());
  const handleEvents = (): void => {
    while (client.pollEvent() !== undefined);
  };
  const { port, counted, close } = drive(client, handleEvents, paths);
  const statusOf = (peer: string) => client.linkStatus({ peer, tag: "0" });
  return {
    get received() {
      return counted.packets;
    },
    handleOf: (peer) => statusOf(peer)?.handle ?? 0,
    sendFrame: (handle, packet, count) => sendFrame(port, handle, packet, count),
    isWritable: (peer) => port.isWritable && statusOf(peer)?.isCongested === false,
    [Symbol.dispose]: close,
  };
}

interface Driven {
  readonly port: FlorioPort;
  readonly counted: { packets: number };
  readonly close: () => void;
}

function drive(portal: PortalSide, handleEvents: () => void, paths: EndPaths): Driven {
  const counted = { packets: 0 };
  const act = (action: () => void): void => {
    action();
    handleEvents();
    for (let message = portal.pollTransmit(); message !== undefined; message = portal.pollTransmit()) {
      port.sendControl(message);
    }
  };
  const port = openFlorioPort({
    ...paths,
    handlers: {
      onConnected: () => act(() => portal.handleConnected(performance.now())),
      onDisconnected: () => act(() => portal.handleDisconnected(performance.now())),
      onControl: (message) => act(() => portal.handleMessage(message, performance.now())),
      onData: (_handle, frame) => void (counted.packets += packetCount(frame)),
      onWritable: () => undefined,
    },
  });
  const timer = setInterval(() => {
    if (portal.nextTimeout() <= performance.now()) act(() => portal.handleTimeout(performance.now()));
  }, TIMER_MS);
  const close = (): void => {
    clearInterval(timer);
    port.close();
  };
  return { port, counted, close };
}

function sendFrame(port: FlorioPort, handle: number, packet: Uint8Array, count: number): boolean {
  let isSent = true;
  for (let i = 0; i < count; i++) isSent = port.sendPacket(handle, packet, 0, packet.length) && isSent;
  port.flush();
  return isSent;
}

function newInstance(): { startedAt: number; id: string } {
  return { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
}
