// With service.ts behind the tunnel: has SIZE bytes echoed over each of COUNT connections, PARALLEL of them at once, and compares every byte; with `together`
// no connection sends its second half before all have their first half back. Ends all with a clean end in both directions.
// Usage: crowd.ts HOST PORT COUNT PARALLEL SIZE [together | SECONDS]     (SECONDS: goes on with more than COUNT until then)
// Prints {"done":n,"failed":n,"errors":{…},"openMax":n,"seconds":s,"latenciesMs":{"p50":…,"p99":…,"max":…}}.
import { connect } from "node:net";
import { percentile } from "./percentile.ts";

const [host, port, count, parallel, sizeText, how = "0"] = process.argv.slice(2);
const wanted = Number(count);
const size = Number(sizeText);
const HALF = how === "together" ? size >>> 1 : size;
/** The bytes to send: each connection sends another part of them, so that bytes that went astray are noticed. */
const pattern = Buffer.alloc(size + 251);
for (let index = 0; index < pattern.length; index += 1) pattern[index] = (index * 31 + (index >>> 8)) & 0xff;

const startedAt = performance.now();
const latencies: number[] = [];
const errors: Record<string, number> = {};
const halves: (() => void)[] = [];
let started = 0;
let finished = 0;
let failed = 0;
let open = 0;
let openMax = 0;
let running = Number(parallel);
const endsAt = startedAt + (how === "together" ? 0 : 1000 * Number(how));

for (let lane = running; lane > 0; lane -= 1) openNext();

function openNext(): void {
  if (started >= wanted && performance.now() >= endsAt) {
    running -= 1;
    if (running === 0) report();
    return;
  }
  const number = started++;
  const bytes = pattern.subarray(number % 251, (number % 251) + size);
  const openedAt = performance.now();
  let received = 0;
  let problem = "";
  const socket = connect({ host: host!, port: Number(port), noDelay: true, allowHalfOpen: true }, () => {
    open += 1;
    openMax = Math.max(openMax, open);
    socket.write("e");
    socket.write(bytes.subarray(0, HALF));
  });
  const sendRest = (): void => {
    socket.end(bytes.subarray(HALF));
  };
  socket.on("data", (chunk: Buffer) => {
    if (chunk.compare(bytes, received, Math.min(size, received + chunk.length)) !== 0) {
      problem = "wrong bytes";
      socket.destroy();
    }
    const isHalf = received < HALF && received + chunk.length >= HALF;
    received += chunk.length;
    if (!isHalf) return;
    if (HALF === size) sendRest();
    else meet(sendRest);
  });
  socket.on("error", (error: NodeJS.ErrnoException) => (problem = error.code ?? error.message));
  socket.on("close", () => {
    open -= 1;
    if (problem === "" && received !== size) problem = `ended after ${received < HALF ? "less than half" : "half"}`;
    if (problem !== "") {
      failed += 1;
      errors[problem] = (errors[problem] ?? 0) + 1;
      if (HALF < size) meet(() => {});
    }
    latencies.push(performance.now() - openedAt);
    finished += 1;
    openNext();
  });
}

/** Goes on when all connections have come here. */
function meet(then: () => void): void {
  halves.push(then);
  if (halves.length >= wanted) for (const next of halves.splice(0)) next();
}

function report(): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const latenciesMs = {
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    max: percentile(latencies, 100),
  };
  process.stdout.write(JSON.stringify({ done: finished - failed, failed, errors, openMax, seconds, latenciesMs }));
}
