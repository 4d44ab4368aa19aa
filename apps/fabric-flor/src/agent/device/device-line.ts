import { DEVICE_NETWORKS, type DeviceProfile } from "@florenetes/facts";
import { z } from "zod";
import { UNKNOWN_DEVICE } from "./device-facts.ts";

const { charging, network, metered, foreground } = UNKNOWN_DEVICE;

/** A line's members. Unknown ones are left out, so that newer sources can say more; of missing ones the worst is taken. */
const lineSchema = z.object({
  battery: z.int().min(0).max(100).optional(),
  charging: z.boolean().default(charging),
  network: z.enum(DEVICE_NETWORKS).default(network),
  metered: z.boolean().default(metered),
  foreground: z.boolean().default(foreground),
});

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a line of a source, without its line feed (docs/protocol/device-source.md); undefined: it is none. */
export function readDeviceLine(line: Uint8Array): DeviceProfile | undefined {
  try {
    const text = decoder.decode(line);
    const value: unknown = JSON.parse(text);
    const read = lineSchema.safeParse(value);
    return read.success && !hasDoubledMember(text) ? read.data : undefined;
  } catch {
    // JSON and UTF-8 are read by whoever throws: a line is good, or it is none.
    return undefined;
  }
}

/** A string of JSON, and whatever opens, closes or parts. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Whether an object that is known to be JSON has a member twice: readers differ in which of the two counts (RFC 8259, 4). */
function hasDoubledMember(json: string): boolean {
  const names = new Set<unknown>();
  let depth = 0;
  let string = "";
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token !== ":") string = token;
    else if (depth === 1) {
      const name: unknown = JSON.parse(string);
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
