import type { LinkWish } from "../src/link.ts";
import { decodeMessage, type PortalBody } from "../src/messages.ts";
import { PortalClient } from "../src/portal-client.ts";
import type { PortalClientOptions } from "../src/portal-client-options.ts";
import { PortalServer } from "../src/portal-server.ts";
import type { PortalServerOptions } from "../src/portal-server-options.ts";

export const C1 = { id: "c1", startedAt: 1_000 };
export const C2 = { id: "c2", startedAt: 2_000 };
export const S1 = { id: "s1", startedAt: 1_500 };
export const TO_B: LinkWish = { peer: "b", tag: "0", role: "originator", endpoint: "udp://10.0.0.2:4433" };
export const FROM_C: LinkWish = { peer: "c", tag: "0", role: "acceptor", endpoint: "" };
export const UP = {
  state: "up",
  handle: 9,
  mtu: 1_400,
  preferredMtu: 1_400,
  code: "",
  text: "",
  isCongested: false,
} as const;

/** Both sides, joined without loss; time moves when a test says so. */
export class Pair {
  now = 0;
  client: PortalClient;
  readonly server: PortalServer;
  isCut = false;
  readonly toServer: PortalBody["kind"][] = [];

  constructor(client: Partial<PortalClientOptions> = {}, server: Partial<PortalServerOptions> = {}) {
    this.client = new PortalClient({ cluster: "demo", vertex: "a", instance: C1, ...client });
    this.server = new PortalServer({ cluster: "demo", principal: "a", instance: S1, linkMtuMax: 1_420, ...server });
  }

  connect(): this {
    this.client.handleConnected(this.now);
    this.server.handleConnected(this.now);
    return this.exchange();
  }

  exchange(): this {
    for (let round = 0; round < 50; round++) {
      const fromClient = drain(() => this.client.pollTransmit());
      const fromServer = drain(() => this.server.pollTransmit());
      if (fromClient.length + fromServer.length === 0) break;
      if (this.isCut) continue;
      for (const message of fromClient) {
        this.toServer.push(decodeMessage(message)!.body.kind);
        this.server.handleMessage(message, this.now);
      }
      for (const message of fromServer) this.client.handleMessage(message, this.now);
    }
    return this;
  }

  /** Runs both timers on time, up to and including `end`. */
  runUntil(end: number): this {
    for (;;) {
      const next = Math.min(this.client.nextTimeout(), this.server.nextTimeout());
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.client.handleTimeout(this.now);
      this.server.handleTimeout(this.now);
      this.exchange();
    }
    this.now = end;
    return this;
  }

  clientEvents(): unknown[] {
    return drain(() => this.client.pollEvent());
  }

  serverEvents(): unknown[] {
    return drain(() => this.server.pollEvent());
  }
}

export function drain<Item>(poll: () => Item | undefined): Item[] {
  const items: Item[] = [];
  for (let item = poll(); item !== undefined; item = poll()) items.push(item);
  return items;
}
