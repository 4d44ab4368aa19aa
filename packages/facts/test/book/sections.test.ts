/** Sections: which neighbour is offered which record. */
import { describe, expect, test } from "vitest";
import { alphaNode, betaNode, checkpoint, held, leader, policy, unknownKind } from "../cases/scene.ts";
import { factOf } from "../held.ts";
import { alpha, announce, beta, budget, DAY, gamma, node, NOW, record, role, service, voided } from "../records.ts";
import { bookOf, changesOf, run, take } from "./books.ts";

const ofAcme = { scope: "org/acme" };
/** The section in which a book of `alpha` offers a record; `kept` where it offers it to nobody. */
const sectionIn = (records: readonly Uint8Array[], octets: Uint8Array): string | undefined => {
  const rows = changesOf(bookOf([...records, octets])).filter(({ id }) => id === factOf(octets).id);
  const last = rows.at(-1);
  return last?.kind === "put" ? last.section : undefined;
};
const relay = role("gamma/relay/north");
const gammaNode = node(gamma);

describe("the section of", () => {
  test.each([
    ["the policy of the cluster", [], policy, "entry"],
    ["seeds", [], record({ kind: "seeds", subject: "seeds", body: { seeds: [] } }), "entry"],
    ["a checkpoint", [policy], checkpoint(), "entry"],
    ["a void node", [], node(gamma, voided(400, {})), "entry"],
    ["a void service of the cluster", [], service(voided(30, {})), "entry"],
    ["a void service of an organization", [], service({ ...ofAcme, ...voided(30, {}) }), "org/acme"],
    ["a service of the cluster", [], service(), "public"],
    ["a leader", held, leader(), "public"],
    ["a budget", [], budget(), "public"],
    ["a void budget", [], budget(voided(90, {})), "entry"],
    ["a kind of a later version", [], unknownKind(), "public"],
    ["a service of an organization", [], service(ofAcme), "org/acme"],
    ["a policy of an organization", [], record({ ...ofAcme, subject: "org/acme" }), "org/acme"],
    ["a role in an organization", [], role("gamma/relay/north", ofAcme), "org/acme"],
    ["this node's own record", [], alphaNode, "papers"],
    ["this node's own announcement", [alphaNode], announce(alpha), "papers"],
    ["this node's own role", [], role("alpha/observer/north"), "papers"],
    ["this node's own role as a relay", [], role("alpha/relay/north"), "papers"],
    ["this node's own record, of a relay", [role("alpha/relay/north")], alphaNode, "papers"],
    ["this node's own announcement, of a relay", [role("alpha/relay/north"), alphaNode], announce(alpha), "papers"],
    ["another node", [], betaNode, "kept"],
    ["another node's announcement", [betaNode], announce(beta), "kept"],
    ["another node's role", [], role("gamma/update-cache/north"), "kept"],
    ["the role of an observer", [], role("gamma/observer/north"), "public"],
    ["a relay's role", [], relay, "public"],
    ["a relay's node record", [relay], gammaNode, "public"],
    ["a relay's announcement", [relay, gammaNode], announce(gamma), "public"],
    ["a node that is a relay in an organization alone", [role("gamma/relay/north", ofAcme)], gammaNode, "kept"],
  ] as const)("%s", (_, records, octets, section) => {
    expect(sectionIn(records, octets)).toBe(section);
  });
});

test("an announcement that its node takes back stays where it was", () => {
  const octets = record(
    {
      kind: "announce",
      subject: "beta",
      authority: "node",
      issuer: "beta",
      void: true,
      expires: NOW - 60_000 + 15 * 60_000,
    },
    [beta],
  );
  expect(sectionIn([betaNode], octets)).toBe("kept");
});

test("a role moves the records of its node to another section and back, behind all others", () => {
  const book = bookOf([gammaNode, announce(gamma)]);
  changesOf(book);
  const sections = (): string[] =>
    changesOf(book).map((change) => (change.kind === "put" ? change.section : change.kind));
  take(book, role("gamma/relay/north", { expires: NOW + 60_000 }));
  expect(sections()).toEqual(["public", "public", "public"]);
  expect(book.offered(factOf(gammaNode).id, "public", NOW)).toEqual(gammaNode);
  run(book, NOW + 60_000);
  expect(sections()).toEqual(["kept", "kept", "kept"]);
  expect(book.offered(factOf(gammaNode).id, "public", NOW + 60_000)).toBeUndefined();
});

test("a candidate gets `entry` alone, a node what nodes get, and its organizations' with a role there", () => {
  const book = bookOf([gammaNode, role("gamma/observer/north", ofAcme), role("beta/observer/north", ofAcme)]);
  take(book, role("gamma/observer/south", ofAcme));
  take(book, role("gamma/observer/south", { scope: "org/other", expires: NOW + 60_000 }));
  const nodes = ["entry", "public", "papers"];
  expect(book.sectionsOf("beta", NOW)).toEqual(["entry"]);
  expect(book.sectionsOf("gamma", NOW)).toEqual([...nodes, "org/acme", "org/other"]);
  expect(book.sectionsOf("gamma", NOW + 60_000)).toEqual([...nodes, "org/acme"]);
  expect(book.sectionsOf("gamma", NOW + DAY)).toEqual(["entry"]);
  take(book, node(gamma, voided(400, { epoch: 2 })));
  expect(book.sectionsOf("gamma", NOW)).toEqual(["entry"]);
});
