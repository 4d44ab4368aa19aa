// The HTTP service of the end-to-end tests. Usage: file-server.ts HOST PORT
//   GET /file?size=N     N bytes that are the same every time; with &until=FILE the last of them come once that file exists
//   PUT /file            answers with the SHA-256 of what was sent
//   GET /who             the service's own words, by which a client knows that it has reached the right one
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileContents } from "./file-contents.ts";

const [host, port, name] = process.argv.slice(2);

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://service");
  if (request.method === "GET" && url.pathname === "/file") {
    const size = Number(url.searchParams.get("size"));
    response.writeHead(200, { "content-length": size });
    const until = url.searchParams.get("until");
    const contents = fileContents(size);
    pipeline(until === null ? contents : heldBack(contents, until), response, ignore);
  } else if (request.method === "PUT" && url.pathname === "/file") {
    const hash = createHash("sha256");
    request.on("data", (bytes: Buffer) => hash.update(bytes));
    request.on("end", () => answer(response, 200, hash.digest("hex")));
  } else if (request.method === "GET" && url.pathname === "/who") {
    answer(response, 200, name ?? "file-server");
  } else {
    answer(response, 404, "not found");
  }
});
server.listen(Number(port), host, () => process.stdout.write("ready\n"));

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Holds the last piece back until the file exists, so that a download cannot end before its test is ready for it. */
async function* heldBack(contents: Readable, until: string): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const piece of contents as AsyncIterable<Buffer>) {
    if (last !== undefined) yield last;
    last = piece;
  }
  while (!existsSync(until)) await sleep(20);
  if (last !== undefined) yield last;
}

/** Ignores a client that goes away in the middle, which is no concern of the service. */
function ignore(): void {}
