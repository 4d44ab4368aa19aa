import { connect } from "node:net";
import type { OpenDoor } from "../visits/visit.ts";

/** The TCP address that a door leads to. */
interface DoorTarget {
  readonly host: string;
  readonly port: number;
}

/** Opens the door that the config has at the time; without one, none. */
export function doorBy(target: () => DoorTarget | undefined): OpenDoor {
  return ({ onData, onEnd }) => {
    const to = target();
    if (to === undefined) return undefined;
    let isClosed = false;
    // An end from behind the door is that of one direction: the visitor may say more.
    const socket = connect({ ...to, allowHalfOpen: true });
    socket.on("data", (bytes) => {
      if (!isClosed) onData(bytes);
    });
    // Behind an error there is `close`, too.
    socket.on("error", () => undefined);
    for (const event of ["end", "close"] as const) {
      socket.on(event, () => {
        if (!isClosed) onEnd();
      });
    }
    return {
      send: (bytes) => void socket.write(bytes),
      end: () => void socket.end(),
      close: () => {
        isClosed = true;
        socket.destroy();
      },
    };
  };
}
