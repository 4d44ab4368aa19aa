import { expect, test } from "vitest";
import { EVENTS_KEPT } from "../../src/overlay/limits.ts";
import { OverlayEvents } from "../../src/overlay/overlay-events.ts";

test("events are told behind a number, and each one is news", () => {
  let news = 0;
  let now = 100;
  const events = new OverlayEvents(
    () => now,
    () => news++,
  );
  expect(events.after(0)).toEqual({ next: 0, lost: false, events: [] });
  events.add({ kind: "links" });
  now = 150.5;
  events.add({ kind: "lead", service: "web", path: "auto.web.c", state: "proven", text: "" });
  expect(news).toBe(2);
  now = 201;
  expect(events.after(1)).toEqual({
    next: 2,
    lost: false,
    events: [{ n: 2, agoMs: 50, kind: "lead", service: "web", path: "auto.web.c", state: "proven", text: "" }],
  });
  expect(events.after(2)).toEqual({ next: 2, lost: false, events: [] });
});

test("a reader that is slow is told that it has lost some; what is kept is bounded", () => {
  const events = new OverlayEvents(
    () => 0,
    () => {},
  );
  for (let event = 0; event < EVENTS_KEPT + 10; event++) events.add({ kind: "links" });
  expect(events.after(10)).toMatchObject({ next: EVENTS_KEPT + 10, lost: false });
  const late = events.after(9);
  expect(late.lost).toBe(true);
  expect(late.events).toHaveLength(EVENTS_KEPT);
});

test("a number of an earlier life of the vertex has lost all", () => {
  const events = new OverlayEvents(
    () => 0,
    () => {},
  );
  events.add({ kind: "config" });
  expect(events.after(17)).toEqual({ next: 1, lost: true, events: [{ n: 1, agoMs: 0, kind: "config" }] });
});
