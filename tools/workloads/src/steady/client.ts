// Holds connections to the steady service, one of each kind in MODES, and reports on them. Usage: client.ts HOST PORT MODES
// Prints lines for each connection, by its mode: `{"mode":"p","at":<ms>,"count":<n>,"gapMs":<longest since the line before>}`, and once,
// when it ends: `{"mode":"p","at":<ms>,"lost":"ECONNRESET"}`. Counts are round trips, or bytes that were right. The mode `n` makes one
// connection after the other, each for one round trip, and ends when one gets no answer.
import { connect, type Socket } from "node:net";
import { ANSWERED_SIZE, KeyStream } from "./key-stream.ts";
import { now } from "../clock.ts";
import { STEADY_WORD } from "./programs.ts";
import { Progress, tell, WrongBytes } from "./progress.ts";

// The pause between two pings, each of which is work for all processes of a mesh. Few packets show an outage, and a wrong byte, as well as many do.
const PING_PAUSE_MS = 20;
/** The pause between two new connections, which are much more work than pings. */
const CONNECTION_PAUSE_MS = 50;
/** The time between two ticks: each of the two bulk connections carries 0.5 MB/s, `TICK_SIZE` bytes in each tick. */
const TICK_MS = 20;
const TICK_SIZE = 10_000;

const [host, port, modes] = process.argv.slice(2);
for (const mode of modes ?? "") {
  if (mode === "n") connectAgain(new Progress(mode));
  else open(mode);
}

function open(mode: string): void {
  const progress = new Progress(mode);
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => {
    socket.write(mode);
    if (mode === "d") download(socket, progress);
    else if (mode === "u") upload(socket, progress);
    else playPingPong(socket, progress);
  });
  let reason = "ended";
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => (reason = code));
  socket.on("close", () => tell({ mode, at: now(), lost: reason }));
}

function connectAgain(progress: Progress): void {
  const message = Buffer.alloc(64, STEADY_WORD);
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => {
    socket.write(Buffer.concat([Buffer.from("p"), message]));
  });
  let received = 0;
  let reason = "ended";
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received < message.length) return;
    progress.handle(1);
    socket.end();
  });
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => (reason = code));
  socket.on("close", () => {
    if (received === message.length) setTimeout(() => connectAgain(progress), CONNECTION_PAUSE_MS);
    else tell({ mode: "n", at: now(), lost: reason });
  });
}

function playPingPong(socket: Socket, progress: Progress): void {
  const message = Buffer.alloc(64, STEADY_WORD);
  let received = 0;
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received < message.length) return;
    received = 0;
    progress.handle(1);
    setTimeout(() => socket.write(message), PING_PAUSE_MS);
  });
  socket.write(message);
}

function download(socket: Socket, progress: Progress): void {
  const contents = new KeyStream();
  let allowance = 0;
  const timer = setInterval(() => {
    allowance = Math.min(allowance + TICK_SIZE, TICK_SIZE);
    if (allowance > 0) socket.resume();
  }, TICK_MS);
  socket.on("data", (bytes) => {
    if (!bytes.equals(contents.next(bytes.length))) socket.destroy(new WrongBytes());
    progress.handle(bytes.length);
    allowance -= bytes.length;
    if (allowance < 0) socket.pause();
  });
  socket.on("close", () => clearInterval(timer));
}

function upload(socket: Socket, progress: Progress): void {
  const contents = new KeyStream();
  const timer = setInterval(() => {
    if (!socket.writableNeedDrain) socket.write(contents.next(TICK_SIZE));
  }, TICK_MS);
  socket.on("data", (answers) => progress.handle(answers.length * ANSWERED_SIZE));
  socket.on("close", () => clearInterval(timer));
}
