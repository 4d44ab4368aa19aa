import { type RevocationList, Revocations } from "@florenetes/identity";
import { loadFile, scattered, type Subject } from "../subject.ts";

const LOOKUPS = 4096;

/** The part of cluster-flor's ConnectionTable that is measured. */
interface ConnectionTable {
  get(high: number, low: number): number | undefined;
  add(high: number, low: number, entry: number): boolean;
}

function connections(entries: number): Subject {
  return {
    name: `connections: one of ${entries.toLocaleString("en")} found`,
    operation: "lookup by ConnectionId",
    entries,
    prepare: async () => {
      const { ConnectionTable: Table } = await loadFile<{ ConnectionTable: new () => ConnectionTable }>(
        "apps/cluster-flor/src/transport/packets/connection-table.ts",
      );
      const table = new Table();
      const halves = scattered(2 * entries, 2 ** 32);
      for (let i = 0; i < entries; i++) table.add(halves[2 * i]!, halves[2 * i + 1]!, i);
      const which = scattered(LOOKUPS, entries);
      return () => {
        let found = 0;
        for (const one of which) if (table.get(halves[2 * one]!, halves[2 * one + 1]!) === one) found++;
        if (found !== LOOKUPS) throw new Error(`${LOOKUPS - found} connections were not found`);
        return LOOKUPS;
      };
    },
  };
}

/** The part of identity's SerialSetBuilder that is needed. */
interface SerialSetBuilder {
  add(serial: Uint8Array): boolean;
  build(): RevocationList["serials"];
}

/** A leaf and its intermediate, none of them revoked: what every handshake asks. */
function revocation(entries: number): Subject {
  return {
    name: `revocation: a chain of two beside ${entries.toLocaleString("en")} revoked`,
    operation: "check of two certificates",
    entries,
    prepare: async () => {
      const { SerialSetBuilder: Builder } = await loadFile<{
        SerialSetBuilder: new (count: number) => SerialSetBuilder;
      }>("packages/identity/src/revocation/serial-set.ts");
      const builder = new Builder(entries);
      for (let i = 0; i < entries; i++) builder.add(serialOf(2 * i));
      const [thisUpdate, at, nextUpdate] = [0, 1, 2].map((day) => new Date(day * 86_400_000)) as [Date, Date, Date];
      const issuer = "00".repeat(32);
      const revocations = new Revocations({ isRequired: true, graceMs: 0 });
      const serials = builder.build();
      revocations.put({
        issuer,
        issuerName: "CN=bench",
        number: 1n,
        thisUpdate,
        nextUpdate,
        serials,
        der: new Uint8Array(0),
      });
      const chains = [...scattered(256, entries)].map((which) =>
        [which, which + entries].map((one) => ({
          issuer,
          serial: Buffer.from(serialOf(2 * one + 1)).toString("hex"),
        })),
      );
      return () => {
        for (const chain of chains) revocations.check(chain, at);
        return chains.length;
      };
    },
  };
}

/** Sixteen bytes that begin as those of a positive number do, spread over them all. */
function serialOf(index: number): Uint8Array {
  const serial = new Uint8Array(16);
  const view = new DataView(serial.buffer);
  for (let at = 0; at < 16; at += 4) view.setUint32(at, Math.imul(index + 1, 0x9e3779b1 + at));
  view.setUint8(0, 0x40 | (view.getUint8(0) & 0x3f));
  view.setUint32(8, index);
  return serial;
}

export const TABLE_SUBJECTS: readonly Subject[] = [
  ...[1, 100, 10_000].map(connections),
  ...[10, 2_000, 50_000].map(revocation),
];
