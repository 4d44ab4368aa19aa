import { randomBytes } from "node:crypto";
import { openFlorioPort, packetCount } from "@florenetes/florio";
import { PortalClient } from "@florenetes/portal-api";

const TIMER_MS = 10;

/** An end of the generator: a FlorIO socket that sends and receives frames, in the place of a cluster vertex with one link. */
export interface Generator extends Disposable {
  /** Packets that came in. */
  readonly received: number;
  readonly isUp: boolean;
  /** False while the link or the socket asks to hold back. */
  readonly isWritable: boolean;
  /** Sends one frame with `count` copies of the packet. */
  sendFrame(packet: Uint8Array, count: number): void;
}

/** Calls the peer over the link vertex at the other end of the socket. */
export function openGenerator(
  cluster: string,
  vertex: string,
  { peer, endpoint }: { readonly peer: string; readonly endpoint: string },
  paths: { readonly bind: string; readonly connect: string },
): Generator {
  const instance = { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
  const portal = new PortalClient({ cluster, vertex, instance });
  const link = { peer, tag: "0" };
  portal.openLink({ ...link, endpoint, role: "originator" }, performance.now());
  let received = 0;
  const act = (action: (now: number) => void): void => {
    action(performance.now());
    while (portal.pollEvent() !== undefined);
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
    get isUp() {
      return (portal.linkStatus(link)?.handle ?? 0) !== 0;
    },
    get isWritable() {
      return port.isWritable && portal.linkStatus(link)?.isCongested === false;
    },
    sendFrame: (packet, count) => {
      const { handle } = portal.linkStatus(link)!;
      for (let i = 0; i < count; i++) port.sendPacket(handle, packet, 0, packet.length);
      port.flush();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      port.close();
    },
  };
}
