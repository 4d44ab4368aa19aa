import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isOperatorError } from "@florenetes/operator-text";
import { labError } from "./lab-error.ts";
import { CONTROL_SIZE_MAX } from "./limits.ts";

/** An action of the process that holds a lab. Other meshlab commands ask for it. */
export type ControlAction = (request: Readonly<Record<string, string>>) => Promise<unknown>;

export interface ControlServer extends AsyncDisposable {
  readonly path: string;
}

/** The control socket is in the lab's folder, which only its user may enter. */
export function controlSocket(folder: string): string {
  return `${folder}/control.sock`;
}

/** Answers `POST /<action>` with JSON. An OperatorError is sent as such. */
export async function openControlServer(
  path: string,
  actions: Readonly<Record<string, ControlAction>>,
): Promise<ControlServer> {
  const server = createServer((request, response) => void answer(actions, request, response));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, resolve);
  await promise;
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  return { path, [Symbol.asyncDispose]: close };
}

async function answer(
  actions: Readonly<Record<string, ControlAction>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  try {
    const name = (request.url ?? "").slice(1);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw labError("ERR_LAB_UNKNOWN", `no such action: ${name}`, "Use the same version of meshlab.");
    const result = await action(JSON.parse(await readBody(request)) as Record<string, string>);
    send(response, 200, result ?? {});
  } catch (error) {
    const { code, message, advice } = isOperatorError(error)
      ? error
      : { code: "ERR_LAB_COMMAND", message: String(error), advice: "" };
    send(response, 400, { code, message, advice });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > CONTROL_SIZE_MAX) throw new RangeError("request too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
