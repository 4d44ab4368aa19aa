// Round trips of 64 bytes, one at a time over one connection; prints their times in microseconds as a JSON array.
// Ends after SECONDS, when given, if it has not done COUNT by then. Usage: ping-pong.js HOST PORT COUNT [SECONDS]
import { connect } from "node:net";

const MESSAGE_SIZE = 64;

const [host, port, count, seconds = "Infinity"] = process.argv.slice(2);
const wanted = Number(count);
/** Beside a bulk transfer round trips are few. */
const warmUp = seconds === "Infinity" ? 200 : 5;
const times: number[] = [];
const endsAt = performance.now() + Number(seconds) * 1000;
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
let received = 0;
let sentAt = 0n;
let round = 0;

const socket = connect({ host: host!, port: Number(port), noDelay: true }, send);
socket.on("data", (bytes) => {
  received += bytes.length;
  if (received < MESSAGE_SIZE) return;
  received = 0;
  if (round > warmUp) times.push(Number(process.hrtime.bigint() - sentAt) / 1000);
  if (times.length === wanted || (performance.now() >= endsAt && times.length > 0)) {
    socket.end();
    process.stdout.write(JSON.stringify(times));
  } else send();
});
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

function send(): void {
  round += 1;
  sentAt = process.hrtime.bigint();
  socket.write(message);
}
