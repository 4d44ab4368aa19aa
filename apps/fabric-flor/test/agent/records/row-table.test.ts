import { copyIdOf } from "@florenetes/facts";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Pushed, RowTable } from "../../../src/agent/records/row-table.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW);
const RECORDS: readonly { readonly octets: Buffer; readonly pushed: Pushed | undefined }[] = [
  { octets: cluster.root, pushed: "roots" },
  { octets: cluster.service("web", ["b"]), pushed: undefined },
  { octets: cluster.service("web", [], { void: true, body: {}, expires: NOW + 30 * DAY }), pushed: "voids" },
];

test("rows are told by section and sequence, also when they are put again or go, as a plain list would tell them", () => {
  const id = fc.integer({ min: 0, max: 9 }).map((number) => `id${number}`);
  const step = fc.oneof(
    fc.record({ id, section: fc.constantFrom("entry", "public"), record: fc.integer({ min: 0, max: 2 }) }),
    fc.record({ drop: id }),
  );
  const last = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(last, fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 70 }), (last, steps, behind) => {
      const table = new RowTable(last);
      let list: {
        readonly sequence: number;
        readonly id: string;
        readonly section: string;
        readonly record: number;
      }[] = [];
      let sequence = last;
      for (const step of steps) {
        const id = "drop" in step ? step.drop : step.id;
        list = list.filter((row) => row.id !== id);
        if ("drop" in step) table.drop(id);
        else {
          list.push({ ...step, sequence: ++sequence });
          expect(table.put(id, step.section, RECORDS[step.record]!.octets)).toBe(sequence);
        }
      }
      const after = last + behind;
      for (const section of ["entry", "public"]) {
        for (const only of [undefined, "voids", "roots"] as const) {
          const expected = list.filter(
            (row) =>
              row.section === section &&
              row.sequence > after &&
              (only === undefined || RECORDS[row.record]!.pushed === only),
          );
          const rows = expected.map(({ sequence, record }) => ({ sequence, id: copyIdOf(RECORDS[record]!.octets) }));
          expect(table.rows(section, after, 100, only)).toEqual(rows);
          expect(table.rows(section, after, 2, only)).toEqual(rows.slice(0, 2));
        }
      }
      expect(table.last).toBe(sequence);
      expect(table.size).toBe(list.length);
    }),
    { numRuns: runs(1_000, 100) },
  );
});

test("octets that are no record make a row as any others: the book refuses them", () => {
  const table = new RowTable(0);
  expect([0, 1, 4].map((size) => table.put(`id${size}`, "entry", Buffer.alloc(size)))).toEqual([1, 2, 3]);
});
