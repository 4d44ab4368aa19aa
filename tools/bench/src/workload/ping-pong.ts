// Round trips of 64 bytes, one at a time over one connection; prints their times in microseconds as a JSON array. It ends after COUNT
// of them, or after SECONDS when one has ended, whichever is first. With "wait" it prints "ready" when the connection is warm, and begins
// at a line of input. Usage: ping-pong.js HOST PORT COUNT SECONDS [wait]
import { connect } from "node:net";

const MESSAGE_SIZE = 64;
/** Not counted; on a slow connection there are fewer. */
const WARM_UP = 200;
const WARM_UP_MS = 1_000;

const [host, port, count, seconds, wait] = process.argv.slice(2);
const wanted = Number(count);
const times: number[] = [];
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
let received = 0;
let sentAt = 0n;
let warmed = 0;
let isWarm = false;
let endsAt = performance.now() + WARM_UP_MS;

const socket = connect({ host: host!, port: Number(port), noDelay: true }, send);
socket.on("data", (bytes) => {
  received += bytes.length;
  if (received < MESSAGE_SIZE) return;
  received = 0;
  if (isWarm) handleCounted();
  else handleWarmUp();
});
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

function handleWarmUp(): void {
  warmed += 1;
  if (warmed < WARM_UP && performance.now() < endsAt) send();
  else if (wait === undefined) begin();
  else {
    process.stdout.write("ready\n");
    process.stdin.once("data", () => {
      process.stdin.pause();
      begin();
    });
  }
}

function begin(): void {
  isWarm = true;
  endsAt = performance.now() + Number(seconds) * 1000;
  send();
}

function handleCounted(): void {
  times.push(Number(process.hrtime.bigint() - sentAt) / 1000);
  if (times.length < wanted && performance.now() < endsAt) return send();
  socket.end();
  process.stdout.write(JSON.stringify(times));
}

function send(): void {
  sentAt = process.hrtime.bigint();
  socket.write(message);
}
