import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, createGzip } from "node:zlib";
import { CALL_AGAIN_MS, SIGN_OF_LIFE_MS, UNREAD_MAX } from "../limits.ts";
import type { LiveSections } from "../live-sections.ts";

export interface FollowOptions {
  readonly sections: LiveSections;
  /** The interval at which sections are made anew, which the page holds against the age of what it shows. */
  readonly everyMs: number;
  /** Headers of the answer beside those of the stream. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends the sections, and then what changes, until the page is closed (server-sent events, HTML Standard 9.2). */
export function followSections(
  { sections, everyMs, headers }: FollowOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // Tables of a large mesh shrink to a twentieth, which counts where the console is reached from afar.
  const isPacked = /\bgzip\b/.test(String(request.headers["accept-encoding"]));
  const packing = isPacked ? { "content-encoding": "gzip" } : {};
  response.writeHead(200, { ...headers, ...packing, "content-type": "text/event-stream" });
  const gzip = isPacked ? createGzip({ flush: constants.Z_SYNC_FLUSH }) : undefined;
  gzip?.pipe(response);
  const send = (text: string): void => void (gzip ?? response).write(text);
  send(`retry: ${CALL_AGAIN_MS}\n\n`);
  // A connection over which nothing passes any more ends by the server's own time limit.
  const isBehind = (): boolean => (gzip?.writableLength ?? 0) + response.writableLength > UNREAD_MAX;
  const signs = setInterval(() => void (isBehind() || send(":\n\n")), SIGN_OF_LIFE_MS);
  const leave = sections.watch({
    isBehind,
    handleSections: (changed) => {
      const texts = Object.fromEntries([...changed].map(([id, { text }]) => [id, text]));
      const news = changed.size > 0 ? `event: sections\ndata: ${JSON.stringify(texts)}\n\n` : "";
      send(`${news}event: looked\ndata: ${everyMs}\n\n`);
    },
  });
  response.once("close", () => {
    clearInterval(signs);
    gzip?.destroy();
    leave();
  });
}
