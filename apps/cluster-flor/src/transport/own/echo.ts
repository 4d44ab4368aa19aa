import type { OwnStream, OwnStreamUser } from "./own-stream.ts";

/** Gives back all that the peer says, and ends when the peer does (as RFC 862). It reads no more than the peer takes back. */
export function echo(stream: OwnStream): OwnStreamUser {
  return {
    handleBytes: (bytes) => stream.write(bytes),
    handleWritable: () => stream.take(),
    handleEnd: () => stream.end(),
    handleReset: () => {},
  };
}
