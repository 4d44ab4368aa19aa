import { encodePressure, type NodePressure } from "../vertex-messages.ts";

interface ToldConnection {
  tell(message: Uint8Array): void;
}

/** Tells the peers of all connections how loaded this vertex is: when its level changes, and at the beginning unless it is nominal. */
export class PressureNotices {
  readonly #connections: () => Iterable<ToldConnection>;
  #present: Uint8Array | undefined;

  /** @param connections All connections, whatever their state. */
  constructor(connections: () => Iterable<ToldConnection>) {
    this.#connections = connections;
  }

  /** The level has changed, which it does once a second at most. */
  handleLevel(pressure: NodePressure): void {
    const message = encodePressure(pressure);
    this.#present = pressure.level === "nominal" ? undefined : message;
    for (const connection of this.#connections()) connection.tell(message);
  }

  /** The first control messages of a connection: its hello, and behind it the level, if that is worth telling. */
  behind(hello: Uint8Array): Uint8Array {
    return this.#present === undefined ? hello : Buffer.concat([hello, this.#present]);
  }
}
