import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FlowTable } from "../../../src/transport/datagrams/flow-table.ts";

interface Flow {
  readonly group: string;
  readonly name: string;
}

const flow = (group: string, name = ""): Flow => ({ group, name });

test("where one is too many, the group with most loses the one that has been silent for longest", () => {
  const table = new FlowTable<Flow>(5);
  const [first, second, third, other] = [flow("a", "1"), flow("a", "2"), flow("a", "3"), flow("b")] as const;
  for (const each of [other, first, second, third, flow("c")]) expect(table.add(each, 0)).toBeUndefined();
  table.touch(first, 1);
  expect(table.add(flow("d"), 2)).toBe(second);
  expect(table.add(flow("e"), 3)).toBe(third);
  expect(table.size).toBe(5);
});

test("who has as many as the largest group loses one of its own for one more", () => {
  const table = new FlowTable<Flow>(4);
  const mine = flow("a", "1");
  for (const each of [mine, flow("b", "1"), flow("a", "2"), flow("b", "2")]) table.add(each, 0);
  expect(table.add(flow("a", "3"), 1)).toBe(mine);
});

test("where all have one, one of them goes", () => {
  const table = new FlowTable<Flow>(2);
  const first = flow("a");
  table.add(first, 0);
  table.add(flow("b"), 0);
  expect(table.add(flow("c"), 0)).toBe(first);
});

test("whatever comes and goes, the bound holds, and whoever has fewer than the largest loses nothing", () => {
  const step = fc.record({
    group: fc.constantFrom("a", "b", "c", "d"),
    action: fc.constantFrom("add", "add", "touch", "remove"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, max) => {
      const table = new FlowTable<Flow>(max);
      let model: { flow: Flow; heardAt: number }[] = [];
      const countOf = (group: string): number => model.filter((each) => each.flow.group === group).length;
      steps.forEach(({ group, action }, now) => {
        const known = model.find((each) => each.flow.group === group);
        if (action === "add") {
          const added = flow(group);
          const sizes = new Map(model.map((each) => [each.flow.group, countOf(each.flow.group)]));
          sizes.set(group, (sizes.get(group) ?? 0) + 1);
          const surplus = table.add(added, now);
          expect(surplus === undefined).toBe(model.length < max);
          if (surplus !== undefined) {
            expect(surplus).toBe(model.find((each) => each.flow.group === surplus.group)!.flow);
            const before = countOf(surplus.group);
            for (const [name, size] of sizes)
              if (name !== group || countOf(name) > 0) expect(size).toBeLessThanOrEqual(before + 1);
            model = model.filter((each) => each.flow !== surplus);
          }
          model.push({ flow: added, heardAt: now });
        } else if (known !== undefined) {
          model = model.filter((each) => each !== known);
          if (action === "remove") table.remove(known.flow);
          else {
            table.touch(known.flow, now);
            model.push({ flow: known.flow, heardAt: now });
          }
        }
        expect([...table]).toEqual(model.map((each) => each.flow));
        expect(table.oldest?.heardAt).toBe(model[0]?.heardAt);
        expect(table.size).toBeLessThanOrEqual(max);
      });
    }),
  );
});
