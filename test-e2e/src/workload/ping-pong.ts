// With service.ts behind the tunnel: round trips of 64 bytes over one connection, one every 4 ms or as soon as the one before is
// back, for SECONDS. Prints {"count":n,"p50":ms,"p99":ms,"max":ms}.
// Usage: ping-pong.ts HOST PORT SECONDS
import { connect } from "node:net";
import { percentile } from "./percentile.ts";

const SIZE = 64;
const EVERY_MS = 4;
const WARM_UP = 50;

const [host, port, seconds] = process.argv.slice(2);
const message = Buffer.alloc(SIZE, 0x70);
const times: number[] = [];
let round = 0;
let received = 0;
let sentAt = 0;
const endsAt = performance.now() + Number(seconds) * 1000;

const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => {
  socket.write("e");
  send();
});
socket.on("data", (bytes) => {
  received += bytes.length;
  if (received < SIZE) return;
  received = 0;
  const now = performance.now();
  if (++round > WARM_UP) times.push(now - sentAt);
  if (now < endsAt) setTimeout(send, Math.max(0, sentAt + EVERY_MS - now));
  else socket.end();
});
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
socket.on("close", () => {
  const of = (percent: number): number => percentile(times, percent);
  process.stdout.write(JSON.stringify({ count: times.length, p50: of(50), p99: of(99), max: of(100) }));
});

function send(): void {
  sentAt = performance.now();
  socket.write(message);
}
