import type { OwnService } from "./own-service.ts";
import type { OwnStream, OwnStreamUser } from "./own-stream.ts";

/** Sends everything back to the peer, and ends when the peer does (as RFC 862). Reads no more than the peer takes back. */
export const echo: OwnService = {
  dialStream: (_caller, dialled) => {
    dialled.handleConnected(echoTo);
    return () => {};
  },
};

function echoTo(stream: OwnStream): OwnStreamUser {
  let taken = 0;
  return {
    handleBytes: (bytes) => {
      taken += bytes.length;
      stream.acknowledge(taken, false);
      stream.write(bytes);
    },
    handleWritable: () => stream.take(),
    handleTaken: () => {},
    handleEnd: () => {
      stream.acknowledge(taken, true);
      stream.end();
    },
    handleReset: () => {},
  };
}
