import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dashboardText } from "../src/monitoring/dashboard.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/metrics.md"), "utf8");
const { panels } = JSON.parse(dashboardText()) as { readonly panels: readonly Panel[] };

test("no two panels are in one place, and all are within the width of a dashboard", () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    const { x, y, w, h } = gridPos;
    expect(x + w, title).toBeLessThanOrEqual(24);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        expect(taken.get(`${column} ${line}`), title).toBeUndefined();
        taken.set(`${column} ${line}`, title);
      }
    }
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

test("each panel asks for metrics that there are, of the clusters and processes that are chosen", () => {
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(queries.length).toBeGreaterThan(30);
  for (const query of queries) {
    for (const [name] of query.matchAll(/florenetes_\w+/g)) expect(page, query).toContain(`| \`${name}\` |`);
    for (const [selector] of query.matchAll(/(?:florenetes_\w+|up)\{[^}]*\}/g)) {
      expect(selector).toContain('instance=~"$instance"');
      if (!selector.startsWith("up")) expect(selector).toMatch(/cluster=~"\|?\$cluster"/);
    }
  }
});

test("panels of a row follow it, and each has a query with a name of its own", () => {
  expect(panels[0]!.type).toBe("row");
  for (const { title, type, targets = [] } of panels) {
    expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    expect(targets.length > 0, title).toBe(type !== "row");
  }
});
