import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A message of the ping-pong has this word time and again, and nothing else: so it can be looked for where nobody is to know it. */
export const STEADY_WORD = "swallowwort-9310";

/** Arguments of a client that holds connections to the service, one of each mode, and reports on them: see `client.ts`. */
export function steadyClient(host: string, port: number, modes: string): string[] {
  return [...program("client"), host, String(port), modes];
}

/** Arguments of the service for such clients, which prints "ready" when it listens: see `service.ts`. */
export function steadyService(host: string, port: number): string[] {
  return [...program("service"), host, String(port)];
}

function program(name: string): string[] {
  return [process.execPath, fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url))];
}
