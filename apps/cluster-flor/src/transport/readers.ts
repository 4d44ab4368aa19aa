import type { QuicConnection } from "@florenetes/quic";
import type { ConnectionRole } from "./connection-role.ts";
import { controlStream } from "./control-stream.ts";
import type { EndConnection } from "./end-connection.ts";

const none: readonly number[] = [];

/** Which streams of one connection are read in a turn. Those whose workloads do not read are only asked, a few at a time, whether
 *  the peer has reset them. */
export class Readers {
  readonly #quic: QuicConnection;
  readonly #perTurn: number;
  /** Whether there may be something to read that has not been looked at. */
  #isDue = false;
  #turn = 0;

  constructor(quic: QuicConnection, perTurn: number) {
    this.#quic = quic;
    this.#perTurn = perTurn;
  }

  /** A packet came in, or something was left unread. */
  handleUnread(): void {
    this.#isDue = true;
  }

  /** All streams that can be read now, if anything has happened since the last turn. */
  take(): readonly number[] {
    if (!this.#isDue) return none;
    this.#isDue = false;
    return this.#quic.readableStreams();
  }

  /** Reads all of these but the control stream; those without a relay are the role's. */
  serve(readable: readonly number[], connection: EndConnection, role: ConnectionRole): void {
    const stride = Math.ceil(readable.length / this.#perTurn);
    this.#turn++;
    for (let i = 0; i < readable.length && connection.state === "open"; i++) {
      const id = readable[i]!;
      if (id === controlStream) continue;
      const relay = connection.relays.get(id);
      if (relay === undefined) role.handleReadable(connection, id);
      else if (!relay.isPaused) relay.pull();
      else if ((i + this.#turn) % stride === 0) relay.checkReceiving();
    }
  }
}
