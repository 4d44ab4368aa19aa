// A load whose requests begin at fixed times, whatever became of those before, so that an outage is seen in full.
// Usage: load-client.ts URL RATE [ADDRESS CA]
//   RATE      requests a second, each over a connection of its own
//   ADDRESS   where the host of an https URL is called; CA: the file of the authority that has to have named it
// Prints a line of JSON for each request that has ended (`Asked`). Ends when its standard input ends and the last request has.
import { readFileSync } from "node:fs";
import { get as getPlain, type RequestOptions } from "node:http";
import { get as getSecurely } from "node:https";
import type { Asked } from "./http-load.ts";
import { now } from "./monotonic-clock.ts";

/** Longer than a tunnel has connections wait. */
const ANSWER_MS = 10_000;
/** Requests that are under way at most: those beyond are lost before they begin. */
const UNDER_WAY_MAX = 2_000;

const [address = "", rate = "", at, ca] = process.argv.slice(2);
const url = new URL(address);
const options: RequestOptions = { agent: false, path: url.pathname, headers: { host: url.host } };
const get = ca === undefined ? getPlain : getSecurely;
const target =
  ca === undefined
    ? { ...options, host: url.hostname, port: url.port }
    : { ...options, host: at, port: 443, servername: url.hostname, ca: readFileSync(ca) };

let underWay = 0;
let isOver = false;

function ask(): void {
  const begun = now();
  let answer = "";
  let fault: string | null = "it was cut off";
  const end = (): void => {
    underWay--;
    const asked: Asked = { begun, ended: now(), answer: fault === null ? answer : null, fault };
    process.stdout.write(`${JSON.stringify(asked)}\n`);
    if (isOver && underWay === 0) process.exit();
  };
  underWay++;
  if (underWay > UNDER_WAY_MAX) {
    fault = "too many are under way";
    end();
    return;
  }
  const request = get(target, (response) => {
    response.setEncoding("utf8");
    response.on("data", (text: string) => (answer += text));
    response.on("end", () => (fault = response.statusCode === 200 ? null : `status ${response.statusCode}`));
    response.on("error", () => {});
  });
  const timer = setTimeout(() => request.destroy(new Error("no answer")), ANSWER_MS);
  request.on("error", ({ message }) => (fault = message));
  request.on("close", () => {
    clearTimeout(timer);
    end();
  });
}

const first = now();
let begun = 0;
const timer = setInterval(() => {
  for (const due = ((now() - first) * Number(rate)) / 1_000; begun < due; begun++) ask();
}, 2);
process.stdin.resume().on("end", () => {
  clearInterval(timer);
  isOver = true;
  if (underWay === 0) process.exit();
});
