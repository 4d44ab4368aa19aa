// Round trips of 64 bytes, one at a time over one connection; prints their times in microseconds as a JSON array.
// With SECONDS it prints "ready" when the connection is warm, begins at a line of input, and ends after SECONDS or COUNT, whichever is
// first. Usage: ping-pong.js HOST PORT COUNT [SECONDS]
import { connect } from "node:net";

const MESSAGE_SIZE = 64;
const WARM_UP = 200;

const [host, port, count, seconds] = process.argv.slice(2);
const wanted = Number(count);
const times: number[] = [];
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
let received = 0;
let sentAt = 0n;
let round = 0;
let endsAt = Infinity;

const socket = connect({ host: host!, port: Number(port), noDelay: true }, send);
socket.on("data", (bytes) => {
  received += bytes.length;
  if (received < MESSAGE_SIZE) return;
  received = 0;
  if (round > WARM_UP) times.push(Number(process.hrtime.bigint() - sentAt) / 1000);
  if (round === WARM_UP && seconds !== undefined) awaitSignal();
  else if (times.length === wanted || performance.now() >= endsAt) {
    socket.end();
    process.stdout.write(JSON.stringify(times));
  } else send();
});
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

function awaitSignal(): void {
  process.stdout.write("ready\n");
  process.stdin.once("data", () => {
    process.stdin.pause();
    endsAt = performance.now() + Number(seconds) * 1000;
    send();
  });
}

function send(): void {
  round += 1;
  sentAt = process.hrtime.bigint();
  socket.write(message);
}
