import { request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { labError } from "./lab-error.ts";

const REQUEST_MS_MAX = 15_000;
/** How long a record may take until requests are answered as it says. */
const WATCH_MS_MAX = 240_000;
const PAUSE_MS = 10;

/** The answers that the client of the demo got. */
export interface DemoAnswer {
  /** Status of the first answer. */
  readonly status: number;
  readonly body: string;
  /** How long each request took. */
  readonly milliseconds: readonly number[];
}

/** The client of the demo: sends requests one after the other, each over a TCP connection of its own. */
export async function sendRequests(url: string, count: number): Promise<DemoAnswer> {
  const answers = [];
  for (let sent = 0; sent < count; sent++) {
    const started = performance.now();
    const answer = await sendRequest(url);
    answers.push({ ...answer, milliseconds: performance.now() - started });
  }
  const { status = 0, body = "" } = answers[0] ?? {};
  return { status, body, milliseconds: answers.map(({ milliseconds }) => milliseconds) };
}

/** The requests that it took until one was answered as it should be. */
export interface WatchedAnswers {
  readonly requests: number;
  /** Requests that were not answered. */
  readonly failed: number;
  readonly body: string;
  /** The answers to all other requests, each text once. */
  readonly others: readonly string[];
  /** When that answer was there: milliseconds since 1970. */
  readonly at: number;
}

/**
 * Sends requests, one after the other, until one is answered with a text.
 *
 * @param onBegun Called once the first request is over, however that has ended
 * @throws OperatorError `ERR_LAB_TIMEOUT`
 */
export async function watchAnswers(url: string, text: string, onBegun: () => void): Promise<WatchedAnswers> {
  const deadline = performance.now() + WATCH_MS_MAX;
  let failed = 0;
  const others = new Set<string>();
  for (let requests = 1; performance.now() < deadline; requests++) {
    const answer = await sendRequest(url).catch(() => undefined);
    if (answer?.body.includes(text) === true)
      return { requests, failed, body: answer.body, others: [...others], at: Date.now() };
    if (requests === 1) onBegun();
    if (answer === undefined) failed++;
    else others.add(answer.body);
    await sleep(PAUSE_MS);
  }
  throw labError("ERR_LAB_TIMEOUT", `${url} is not answered with "${text}"`, "Look at the status of the agents.");
}

function sendRequest(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const outgoing = request(url, { agent: false, signal: AbortSignal.timeout(REQUEST_MS_MAX) }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  outgoing.once("error", reject);
  outgoing.end();
  return promise;
}
