import { expect, test } from "vitest";
import { askedText } from "../../../src/agent/routes/told-report.ts";

const web = { service: "web", scope: "cluster", host: "d", classes: [], rate: 1 };
const db = { ...web, service: "db" };

test("another report is due where a coordinator is asked for something else, and for nothing else", () => {
  const text = askedText(
    new Map([
      ["k", [web, db]],
      ["l", [web]],
    ]),
  );
  const same = new Map([
    ["m", []],
    ["l", [web]],
    ["k", [db, web]],
  ]);
  expect(askedText(same)).toBe(text);
  expect(askedText(new Map([["k", [web, db]]]))).not.toBe(text);
  expect(askedText(new Map([...same, ["l", [db]]]))).not.toBe(text);
});
