import { type Answer, LETTER_SIZE_MAX, Outcome } from "@florenetes/feed";
import { AdminAnswer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { letterOrders, letterQuestions } from "../../src/admin/letter-orders.ts";

const text = (octets: string | Uint8Array): string => Buffer.from(octets).toString("base64");

async function post(
  route: string,
  body: string,
  sent?: Answer | "no-way" | "busy",
): Promise<{ readonly answer: unknown; readonly told: readonly unknown[] }> {
  const told: unknown[] = [];
  const orders = letterOrders({
    send: async (to, octets) => {
      told.push([to, Buffer.from(octets).toString()]);
      return sent;
    },
    answer: (number, { outcome, body: octets }) => told.push([number, outcome, Buffer.from(octets).toString()]) < 2,
  });
  const [path, query] = route.split("?");
  return { answer: await orders[path!]!({ text: body, query: new URLSearchParams(query) }), told };
}

test.each<[string, Answer | "no-way" | undefined, object]>([
  [
    "that is answered",
    { outcome: Outcome.answered, body: Buffer.from("yes") },
    { outcome: "answered", body: text("yes") },
  ],
  ["whose reader has too much to do", { outcome: Outcome.busy, body: Buffer.alloc(0) }, { outcome: "busy", body: "" }],
  [
    "of a kind that it does not know",
    { outcome: Outcome.unknownKind, body: Buffer.alloc(0) },
    { outcome: "unknown-kind", body: "" },
  ],
  ["that nobody answers", undefined, { outcome: "unanswered", body: "" }],
  ["to which there is no way", "no-way", { outcome: "no-way", body: "" }],
])("a letter %s says so", async (_, sent, outcome) => {
  expect(await post("/letters?to=c", text("hello"), sent)).toEqual({ answer: outcome, told: [["c", "hello"]] });
});

test("a letter that is one too many is refused", async () => {
  const { answer } = await post("/letters?to=c", text("hello"), "busy");
  expect([answer instanceof AdminAnswer, (answer as AdminAnswer).status]).toEqual([true, 429]);
});

test("the answer to a letter is that, unless it says another outcome", async () => {
  const { answer, told } = await post("/answers?letter=7", text("yes"));
  expect([answer, told]).toEqual([{ isTaken: true }, [[7, Outcome.answered, "yes"]]]);
  expect((await post("/answers?letter=7&outcome=unknown-sender", "")).told).toEqual([[7, Outcome.unknownSender, ""]]);
});

test.each([
  ["/letters", text("x")],
  ["/letters?to=", text("x")],
  ["/letters?to=a%20b", text("x")],
  ["/letters?to=c", "no base64!"],
  ["/letters?to=c", text(Buffer.alloc(LETTER_SIZE_MAX + 1))],
  ["/answers", text("x")],
  ["/answers?letter=0", text("x")],
  ["/answers?letter=-1", text("x")],
  ["/answers?letter=1e3", text("x")],
  ["/answers?letter=7&outcome=unanswered", text("x")],
  ["/answers?letter=7&outcome=constructor", text("x")],
  ["/answers?letter=7", text(Buffer.alloc(LETTER_SIZE_MAX + 1))],
])("POST %s is refused with a form that it does not take", async (route, body) => {
  await expect(post(route, body)).rejects.toMatchObject({ code: "ERR_FABRIC_LETTER" });
});

test("a program that another one displaces hears so, and not that there are no letters", async () => {
  const questions = letterQuestions({ receive: async () => "displaced" });
  const answer = await questions["/letters"]!(new URLSearchParams("wait=20"));
  expect([answer instanceof AdminAnswer, (answer as AdminAnswer).status]).toEqual([true, 409]);
});

test("letters are told with their senders, after as long a wait as was asked for", async () => {
  const waits: number[] = [];
  const questions = letterQuestions({
    receive: async (waitMs) => {
      waits.push(waitMs);
      return [{ number: 3, node: "d", body: Buffer.from("hello") }];
    },
  });
  const ask = async (query: string): Promise<unknown> => questions["/letters"]!(new URLSearchParams(query));
  expect(await ask("wait=20")).toEqual({ letters: [{ number: 3, node: "d", body: text("hello") }] });
  await ask("");
  expect(waits).toEqual([20_000, 0]);
  for (const wait of ["21", "-1", "0.5", "soon"])
    await expect(ask(`wait=${wait}`)).rejects.toMatchObject({ code: "ERR_FABRIC_LETTER" });
});
