/** The agent of a neighbour that means harm: it speaks docs/protocol/fabric-feed.md by hand, in the place of an agent that was ended. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { openSession, type WorkloadStream } from "@florenetes/data-session/workload";

/** The treatment of a stream that the honest agent has opened in order to read. */
type Conduct = (stream: WorkloadStream) => void;

const [HELLO, HAVE, RECORDS, MAIL] = [1, 2, 4, 6];

export class HostileFeed implements AsyncDisposable {
  /** Streams that the honest agent has opened. */
  opened = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(conduct: Conduct) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      const onStream = (stream: WorkloadStream): void => {
        this.opened++;
        stream.on("error", () => undefined);
        stream.answer();
        conduct(stream);
      };
      openSession(socket, { name: "hostile", onStream, takesControl: true }).catch(() => socket.destroy());
    });
  }

  /** Takes the streams that come to an agent's socket. */
  static async listen(path: string, conduct: Conduct): Promise<HostileFeed> {
    rmSync(path, { force: true });
    const feed = new HostileFeed(conduct);
    feed.#server.listen(path);
    await once(feed.#server, "listening");
    return feed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

/** HELLO of a source that has all records of the whole cluster's sections to offer. */
export function hello(node: string): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Date.now()));
  const cursors = ["entry", "public"].map((section) => Buffer.concat([text(section), Buffer.alloc(8)]));
  const names = [Buffer.from("FDFD"), Buffer.of(1, 3), text(node), randomBytes(16), time, text(""), Buffer.alloc(16)];
  return message(HELLO, Buffer.concat([...names, Buffer.of(cursors.length), ...cursors]));
}

/** MAIL for a reader, which nobody can open. */
export function letter(reader: string): Buffer {
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(Date.now() + 60_000));
  return message(MAIL, Buffer.concat([randomBytes(16), end, text(reader), randomBytes(32 + 256 + 1_040)]));
}

/** HAVE with ids of records that nobody has. */
export function haveNothing(sequence: number, ids: number): Buffer {
  const head = Buffer.alloc(10);
  head.writeBigUInt64BE(BigInt(sequence));
  head.writeUInt16BE(ids, 8);
  return message(HAVE, Buffer.concat([text("public"), head, randomBytes(32 * ids)]));
}

/** RECORDS that answers so many ids. */
export function records(answered: number, all: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt16BE(answered);
  head[2] = all.length;
  const parts = all.flatMap((octets) => [uint32(octets.length), octets]);
  return message(RECORDS, Buffer.concat([head, ...parts]));
}

/** Writes what `next` makes for as long as the stream takes it. */
export function flood(stream: WorkloadStream, next: () => Uint8Array): void {
  const write = (): void => {
    while (!stream.destroyed && stream.write(next()));
  };
  stream.on("drain", write);
  write();
}

function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type), uint32(body.length), body]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}
