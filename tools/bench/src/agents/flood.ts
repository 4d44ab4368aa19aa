/** A neighbour's agent that means harm: it brings the same records over and over, unasked, as fast as it is read. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { openSession, type WorkloadStream } from "@florenetes/data-session/workload";
import { writeMessage } from "@florenetes/feed";

const RECORDS_AT_ONCE = 64;
const ZEROS = "00".repeat(16);

export interface Flood extends AsyncDisposable {
  /** Records that were written so far. */
  readonly records: number;
}

/** Takes the streams that come to the socket of an agent which has ended, and floods whoever reads them. */
export async function floodWith(path: string, node: string, records: readonly Uint8Array[]): Promise<Flood> {
  let written = 0;
  const sockets = new Set<Socket>();
  const messages = Array.from({ length: Math.ceil(records.length / RECORDS_AT_ONCE) }, (_, at) =>
    writeMessage({
      kind: "records",
      answered: 0,
      records: records.slice(at * RECORDS_AT_ONCE, (at + 1) * RECORDS_AT_ONCE),
    }),
  );
  const serve = (stream: WorkloadStream): void => {
    stream.on("error", () => undefined);
    stream.resume();
    stream.answer();
    stream.write(helloOf(node));
    let at = 0;
    const writeOn = (): void => {
      for (let takesMore = true; takesMore && !stream.destroyed; at++) {
        takesMore = stream.write(messages[at % messages.length]!);
        written += RECORDS_AT_ONCE;
      }
    };
    stream.on("drain", writeOn);
    writeOn();
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    openSession(socket, { name: "flood", onStream: serve, takesControl: true }).catch(() => socket.destroy());
  });
  rmSync(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  return {
    get records() {
      return written;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function helloOf(node: string): Uint8Array {
  const cursors = ["entry", "public"].map((section) => ({ section, sequence: 0 }));
  const names = { node, databaseId: randomBytes(16).toString("hex"), time: Date.now(), seen: "" };
  return writeMessage({ kind: "hello", lowestVersion: 1, highestVersion: 1, ...names, cursorsOf: ZEROS, cursors });
}
