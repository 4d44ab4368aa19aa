/**
 * The client of the demo: `demo-request <url> <count>`. Sends requests one after the other, each over a TCP connection of its
 * own, and prints what came back and how long each took, as JSON.
 */
import { request } from "node:http";
import { text } from "node:stream/consumers";

const [url = "", count = "1"] = process.argv.slice(2);
const REQUEST_MS_MAX = 15_000;

async function send(): Promise<{ readonly status: number; readonly body: string; readonly milliseconds: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string; milliseconds: number }>();
  const started = performance.now();
  const outgoing = request(url, { agent: false, signal: AbortSignal.timeout(REQUEST_MS_MAX) }, (response) => {
    text(response).then(
      (body) => resolve({ status: response.statusCode ?? 0, body, milliseconds: performance.now() - started }),
      reject,
    );
  });
  outgoing.once("error", reject);
  outgoing.end();
  return promise;
}

try {
  const answers = [];
  for (let sent = 0; sent < Number(count); sent++) answers.push(await send());
  const first = answers[0];
  process.stdout.write(
    JSON.stringify({
      status: first?.status,
      body: first?.body,
      milliseconds: answers.map(({ milliseconds }) => milliseconds),
    }),
  );
} catch (error) {
  process.stdout.write(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  process.exitCode = 1;
}
