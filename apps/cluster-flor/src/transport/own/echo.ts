import type { OwnService } from "./own-service.ts";
import type { OwnStream, OwnStreamUser } from "./own-stream.ts";

/** Gives back all that the peer says, and ends when the peer does (as RFC 862). It reads no more than the peer takes back. */
export const echo: OwnService = {
  dialStream: (_caller, dialled) => {
    dialled.handleConnected(echoTo);
    return () => {};
  },
};

function echoTo(stream: OwnStream): OwnStreamUser {
  return {
    handleBytes: (bytes) => stream.write(bytes),
    handleWritable: () => stream.take(),
    handleEnd: () => stream.end(),
    handleReset: () => {},
  };
}
