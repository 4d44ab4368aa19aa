// Round trips of 64 bytes over one connection, each begun PAUSE_MS after the one before it has ended. Connects until a first one
// works, and prints "ready" then. After each line of input it prints that line when the next round trip has ended; those after the
// first line are counted. When its input ends it prints {"micros":[…],"lost":null}, with "lost" the reason when the connection was
// lost: then it has said "lost" before. A round trip that did not end counts with the time that it has had.
// Usage: ping-pong.js HOST PORT PAUSE_MS
import { connect, type Socket } from "node:net";

const MESSAGE_SIZE = 64;
const TRY_MS_MAX = 1_000;
const TRY_AGAIN_MS = 20;
/** How long the last one is waited for. */
const LAST_MS_MAX = 5_000;

const [host, port, pauseMs] = process.argv.slice(2);
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
const micros: number[] = [];
let socket: Socket;
let isReady = false;
let isCounted = false;
let isLast = false;
let received = 0;
/** In nanoseconds; undefined between two round trips. */
let sentAt: bigint | undefined;
let lost: string | null = null;
let awaited = "";
attempt();

function attempt(): void {
  received = 0;
  let reason: string | undefined;
  socket = connect({ host: host!, port: Number(port), noDelay: true }, send);
  const giveUp = setTimeout(() => socket.destroy(), TRY_MS_MAX);
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received < MESSAGE_SIZE) return;
    received = 0;
    clearTimeout(giveUp);
    handleRoundTrip();
  });
  socket.on("error", ({ code = "error" }: NodeJS.ErrnoException) => (reason = code));
  socket.on("close", () => {
    clearTimeout(giveUp);
    if (!isReady) setTimeout(attempt, TRY_AGAIN_MS);
    else if (!isLast) handleLost(reason ?? "closed");
  });
}

function send(): void {
  sentAt = process.hrtime.bigint();
  socket.write(message);
}

function handleRoundTrip(): void {
  count();
  if (!isReady) process.stdout.write("ready\n");
  isReady = true;
  if (awaited !== "") process.stdout.write(awaited);
  awaited = "";
  if (isLast) finish();
  else if (Number(pauseMs) === 0) send();
  else setTimeout(send, Number(pauseMs));
}

function count(): void {
  if (isCounted && sentAt !== undefined) micros.push(Number(process.hrtime.bigint() - sentAt) / 1000);
  sentAt = undefined;
}

function handleLost(reason: string): void {
  count();
  lost = reason;
  process.stdout.write("lost\n");
  if (isLast) finish();
}

function finish(): void {
  count();
  process.stdout.write(JSON.stringify({ micros, lost }), () => process.exit());
}

process.stdin.on("data", (bytes) => {
  isCounted = true;
  awaited = bytes.toString();
});
process.stdin.on("end", () => {
  isLast = true;
  if (sentAt === undefined || lost !== null) finish();
  setTimeout(finish, LAST_MS_MAX);
});
