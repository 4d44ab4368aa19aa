import { request } from "node:http";
import { text } from "node:stream/consumers";

const REQUEST_MS_MAX = 15_000;

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

function sendRequest(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const outgoing = request(url, { agent: false, signal: AbortSignal.timeout(REQUEST_MS_MAX) }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  outgoing.once("error", reject);
  outgoing.end();
  return promise;
}
