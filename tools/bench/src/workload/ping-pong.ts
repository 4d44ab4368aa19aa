// Makes round trips of 64 bytes over one connection, each PAUSE_MS after the end of the one before. Connects until a first round trip
// works, and prints "ready" then; if there is a pause, prints a dot for each further one. When the input ends, or the connection is lost,
// prints {"endedMs":[…],"micros":[…],"lost":null} and ends: when each round trip ended by the machine's clock, how long it took, and why
// the connection was lost. A round trip that did not end counts with the time that it has had.
// Usage: ping-pong.js HOST PORT PAUSE_MS
import { connect, type Socket } from "node:net";

const MESSAGE_SIZE = 64;
const TRY_MS_MAX = 1_000;
const TRY_AGAIN_MS = 20;
/** How long the last round trip is waited for. */
const LAST_MS_MAX = 5_000;

const [host, port, pauseMs] = process.argv.slice(2);
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
const endedMs: number[] = [];
const micros: number[] = [];
let socket: Socket;
let isReady = false;
let isLast = false;
let received = 0;
/** The time at which the round trip under way began; undefined: none is under way. */
let sentAt: number | undefined;
attempt();

function attempt(): void {
  received = 0;
  let reason = "closed";
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
    if (isReady) finish(reason);
    else setTimeout(attempt, TRY_AGAIN_MS);
  });
}

function send(): void {
  sentAt = now();
  socket.write(message);
}

function handleRoundTrip(): void {
  count();
  if (!isReady) process.stdout.write("ready\n");
  else if (pauseMs !== "0") process.stdout.write(".");
  isReady = true;
  if (isLast) finish(null);
  else if (pauseMs === "0") send();
  else setTimeout(send, Number(pauseMs));
}

function count(): void {
  if (sentAt === undefined) return;
  endedMs.push(now());
  micros.push((endedMs.at(-1)! - sentAt) * 1000);
  sentAt = undefined;
}

function finish(lost: string | null): void {
  count();
  process.stdout.write(`\n${JSON.stringify({ endedMs, micros, lost })}`, () => process.exit());
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

process.stdin.resume().on("end", () => {
  isLast = true;
  if (sentAt === undefined) finish(null);
  else setTimeout(finish, LAST_MS_MAX, null);
});
