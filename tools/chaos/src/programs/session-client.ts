// A workload of data sessions: opens streams to an echo, some at a time, and checks all that comes back. Connects again when its session is
// over. Prints `{"right":1}`, `{"wrong":"…"}` and `{"lost":"…","from":<ms>}`. Usage: session-client.ts SOCKET SERVICE
import { setTimeout as sleep } from "node:timers/promises";
import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import { now } from "@florenetes/workloads";
import { tell } from "../tell.ts";

const STREAMS = 4;
const SIZE = 40_000;
const PAUSE_MS = 200;
const [socket = "", service = ""] = process.argv.slice(2);
let number = 0;

for (;;) {
  const from = now();
  try {
    await using session = await connectSession(socket, { name: "chaos" });
    await Promise.race([
      new Promise((resolve) => session.once("close", resolve)),
      ...Array.from({ length: STREAMS }, () => talk(session)),
    ]);
  } catch (error) {
    tell({ lost: `session: ${(error as Error).message}`, from });
  }
  await sleep(PAUSE_MS);
}

/** Opens one stream after the other, until one is lost. */
async function talk(session: WorkloadSession): Promise<void> {
  for (;;) {
    const from = now();
    const sent = Buffer.alloc(SIZE, `stream ${++number} `);
    try {
      const stream = await session.open(service);
      stream.end(sent);
      const received: Buffer[] = [];
      for await (const piece of stream) received.push(piece as Buffer);
      if (Buffer.concat(received).equals(sent)) tell({ right: 1 });
      else tell({ wrong: "a stream gave other bytes back than were sent" });
    } catch (error) {
      return tell({ lost: `stream: ${(error as Error).message}`, from });
    }
    await sleep(PAUSE_MS);
  }
}
