import { checkedText, type ConfigDocument } from "@florenetes/config-file";
import { TrafficClass, WORKLOAD_CLASS_NAMES, type WorkloadClassName } from "@florenetes/forwarding";
import { z } from "zod";
import { BULK_BYTES } from "../packets/flow-volumes.ts";
import { DEFAULT_CLASS_RULES, type PacketClass, type PacketClassRules } from "../packets/traffic-classes.ts";
import type { VpnConfigErrorCode } from "./config-errors.ts";
import { BULK_BYTES_MAX, BULK_BYTES_MIN, CLASS_ENTRIES_MAX } from "./limits.ts";

/** Rules for the classes of packets, beside those that are there without them. */
export interface ClassSection {
  /** By code point: its name, or its number. */
  dscp: Record<string, WorkloadClassName>;
  /** By port, or by range of ports. */
  ports: Record<string, WorkloadClassName>;
  /** Bytes within ten seconds that make a connection bulk. */
  "bulk-after": number | "never";
}

/** Numbers of code points by their names (RFC 8436 has their registry). */
const CODE_POINTS: ReadonlyMap<string, number> = new Map([
  ["LE", 1],
  ["VA", 44],
  ["EF", 46],
  ...Array.from({ length: 8 }, (_, number) => [`CS${number}`, 8 * number] as const),
  ...[1, 2, 3, 4].flatMap((group) => [1, 2, 3].map((drop) => [`AF${group}${drop}`, 8 * group + 2 * drop] as const)),
]);

const ADVICE = "docs/operate/vpn-flor.md#classes has the section.";

const codePoint = checkedText({
  test: (text) => parseCodePoint(text) !== undefined,
  code: "ERR_VPN_CLASS" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is no code point`,
  advice: `As EF, AF41, CS5, LE, or a number from 0 to 63. ${ADVICE}`,
});
const ports = checkedText({
  test: (text) => parsePorts(text) !== undefined,
  code: "ERR_VPN_CLASS" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is neither a port nor a range of ports`,
  advice: `As 5060, or 16384-32767. ${ADVICE}`,
});
const trafficClass = z.enum(WORKLOAD_CLASS_NAMES);

const entries = (key: z.ZodString): z.ZodType<Record<string, WorkloadClassName>> =>
  z.record(key, trafficClass).refine((record) => Object.keys(record).length <= CLASS_ENTRIES_MAX, {
    error: `${CLASS_ENTRIES_MAX} entries at most`,
  });

/** The form of the section `classes`. */
export const classSection: z.ZodType<ClassSection> = z.strictObject({
  dscp: entries(codePoint).default({}),
  ports: entries(ports).default({}),
  "bulk-after": z
    .union([z.literal("never"), z.number().int().min(BULK_BYTES_MIN).max(BULK_BYTES_MAX)])
    .default(BULK_BYTES),
});

/** The rules of a config: its own, and those that it says nothing about. */
export function resolveClasses(document: ConfigDocument<{ classes?: ClassSection | undefined }>): PacketClassRules {
  const section = document.value.classes;
  if (section === undefined) return DEFAULT_CLASS_RULES;
  const bulkAfter = section["bulk-after"];
  return {
    dscp: rulesOf(document, "dscp", section.dscp),
    ports: rulesOf(document, "ports", section.ports),
    bulkBytes: bulkAfter === "never" ? Infinity : bulkAfter,
  };
}

function rulesOf(
  document: ConfigDocument<unknown>,
  key: "dscp" | "ports",
  written: Record<string, WorkloadClassName>,
): ReadonlyMap<number, PacketClass> {
  const own = new Map<number, PacketClass>();
  for (const [text, name] of Object.entries(written)) {
    const { first, last } = (key === "ports" ? parsePorts(text) : parseCodePoint(text))!;
    for (let number = first; number <= last; number++) {
      if (own.has(number)) {
        const code: VpnConfigErrorCode = "ERR_VPN_CLASS";
        const message = `${key === "ports" ? "port" : "code point"} ${number} is in two entries`;
        document.problem(["classes", key, text], code, message, "Leave it in one of them.");
        break;
      }
      own.set(number, TrafficClass[name]);
    }
  }
  return new Map([...DEFAULT_CLASS_RULES[key], ...own]);
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function parseCodePoint(text: string): Range | undefined {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : CODE_POINTS.get(text);
  return number === undefined || number > 63 ? undefined : { first: number, last: number };
}

function parsePorts(text: string): Range | undefined {
  const [, from = "", to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return from === "" || first === 0 || last > 65_535 || last < first ? undefined : { first, last };
}
