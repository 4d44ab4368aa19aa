/* Nodes of a partition as their coordinator tells of them. */
import type { ReportBody } from "@florenetes/facts";
import { expect, test } from "vitest";
import { reportQuestions } from "../../../src/admin/report-questions.ts";
import type { Agent } from "../../../src/agent/agent.ts";
import { startLeasedMesh } from "../leased-mesh.ts";

interface Answer {
  readonly reports: readonly { readonly node: string; readonly ageMs: number }[];
  readonly left: number;
  readonly next: string | null;
}

test("a coordinator tells what its nodes report, and no other node does", () => {
  const mesh = startLeasedMesh(["a"], ["d"], (name) => (name === "c" ? { price: 7, metered: true } : {}));
  mesh.node("c").agent.routes.own.load = { cpu: 12, memory: 34, sockets: 5 };
  const device = { charging: false, network: "cellular", metered: false, foreground: true } as const;
  mesh.node("c").agent.routes.handleDevice({ ...device, battery: 40 });
  const ask = (name: string): Answer => {
    const node = mesh.node(name);
    return reportQuestions(node.agent, name, () => node.at)["/reports"]!(new URLSearchParams()) as Answer;
  };
  mesh.until("all have reported, and are leased to", () => {
    const found = ask("b").reports as unknown as readonly {
      readonly uses: number;
      readonly links: readonly object[];
    }[];
    return found.length === 4 && found[0]!.uses === 1 && found.every(({ links }) => links.length > 0);
  });
  const answer = ask("b");
  expect(answer).toMatchObject({ node: "b", partition: "north", left: 0, next: null });
  expect(answer.reports.map(({ node }) => node)).toEqual(["a", "b", "c", "d"]);
  const link = {
    tag: "0",
    provider: null,
    roundTripMs: 1.5,
    loss: 0,
    rate: 1_000_000,
    queue: 0,
    mtu: 1_350,
    breaks: 0,
  };
  expect(answer.reports[2]).toEqual({
    node: "c",
    profile: {
      device: { ...device, metered: true, battery: 40 },
      software: { version: "1.2.3" },
      contracts: expect.arrayContaining([{ of: "feed", lowest: 1, highest: 3 }]),
    },
    ageMs: expect.any(Number),
    expires: expect.stringMatching(/^2026-.*Z$/),
    load: { cpu: 12, memory: 34, sockets: 5 },
    battery: 40,
    metered: true,
    nat: expect.any(String),
    links: expect.arrayContaining(["a", "d"].map((peer) => ({ peer, ...link }))),
    offer: { classes: ["reliable", "bulk"], rate: 1_000_000, price: 7 },
    routes: [],
    uses: 0,
    carried: 0,
    versions: expect.any(Array),
  });
  expect(answer.reports[0]).toMatchObject({ battery: null, offer: null, metered: false });
  expect(ask("d")).toEqual({ node: "d", partition: null, reports: [], left: 0, next: null });
});

const REPORT: ReportBody = {
  links: [
    {
      label: 17,
      peer: "relay",
      tag: "2",
      provider: "isp",
      figures: [20_500, 1, 250_000, 5_000, 50, 1_350, 3],
    },
  ],
  load: { cpu: 1, memory: 2, sockets: 3 },
  metered: false,
  nat: "none",
  endpoints: [],
  carried: [
    { permit: "a".repeat(64), bytes: [1, 2, 3, 4, 5] },
    { permit: "b".repeat(64), bytes: [10, 0, 0, 0, 0] },
  ],
  routes: [],
  uses: [],
  versions: [{ of: "b", version: 7 }],
};

/** A coordinator with so many nodes, whose reports were made at 1,000. */
function coordinatorOf(nodes: readonly string[]): Agent {
  const facts = nodes.map((subject) => ({ kind: "report", subject, issued: 1_000, expires: 181_000, body: REPORT }));
  return {
    coordinator: { partition: "north", work: { reports: { at: () => facts }, profiles: { at: () => [] } } },
  } as unknown as Agent;
}

test("pages have each node once, and figures their units", () => {
  const nodes = Array.from({ length: 1_203 }, (_, at) => `n${at}`).toSorted();
  const route = reportQuestions(coordinatorOf(nodes), "b", () => ({ now: 0, wall: 4_000 }))["/reports"]!;
  const pages: Answer[] = [];
  for (let after: string | null = ""; after !== null && pages.length < 9; after = pages.at(-1)!.next)
    pages.push(route(new URLSearchParams(after === "" ? {} : { after })) as Answer);
  expect(pages.map(({ reports: { length }, left }) => [length, left])).toEqual([
    [500, 703],
    [500, 203],
    [203, 0],
  ]);
  expect(pages.flatMap(({ reports }) => reports.map(({ node }) => node))).toEqual(nodes);
  const figures = { roundTripMs: 20.5, loss: 0.25, rate: 5_000, queue: 0.5, mtu: 1_350, breaks: 3 };
  expect(pages[0]!.reports[0]).toMatchObject({
    ageMs: 3_000,
    expires: "1970-01-01T00:03:01.000Z",
    links: [{ peer: "relay", tag: "2", provider: "isp", ...figures }],
    carried: 25,
    profile: null,
    versions: [{ of: "b", version: 7 }],
  });
});

test("a report of a node whose clock is ahead is new, and after is the name of a node", () => {
  const route = reportQuestions(coordinatorOf(["a"]), "b", () => ({ now: 0, wall: 0 }))["/reports"]!;
  expect(route(new URLSearchParams())).toMatchObject({ reports: [{ ageMs: 0 }] });
  for (const after of ["", "a/b", "a b"])
    expect(() => route(new URLSearchParams({ after }))).toThrow(expect.objectContaining({ code: "ERR_FABRIC_AFTER" }));
});
