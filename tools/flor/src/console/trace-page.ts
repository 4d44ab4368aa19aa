/** The page of traces: a form, and what the last press has brought. */
import { tablePageOf } from "@florenetes/console";
import type { TraceDesk, Traced } from "./trace-desk.ts";
import type { TracedHop, TracedPath } from "./trace-report.ts";

/** The field of the form that has the place of a target. */
export const TARGET_FIELD = "target";

const ABOUT =
  "A trace asks each vertex on the way for itself. That of a tunnel also opens one stream to its service, as the tunnel's principal, and resets it.";
const HEADER = ["HOP", "LABEL", "VERTEX", "RESULT", "PROOF", "LOSS", "RTT, LEAST / MEAN / MOST", "LINK BEHIND IT"];

/** @param traced undefined: nobody has pressed the button */
export function tracePage(cluster: string, { targets }: TraceDesk, traced?: Traced): string {
  const shown = typeof traced === "object" ? traced : undefined;
  const report = shown !== undefined && "report" in shown.answer ? shown.answer.report : undefined;
  return tablePageOf({
    cluster,
    title: "trace",
    lines: [...linesOf(traced), ...(targets.length === 0 ? ["The mesh file has no tunnel and no path."] : [ABOUT])],
    header: HEADER,
    rows: report === undefined ? [] : rowsOf(report),
    links: [{ text: "console", href: "./" }],
    ...(targets.length === 0
      ? {}
      : {
          form: {
            action: "trace",
            field: TARGET_FIELD,
            label: "Tunnel or path",
            choices: targets.map(({ text }) => text),
            chosen: shown === undefined ? 0 : targets.indexOf(shown.target),
            button: "Trace it",
          },
        }),
  });
}

const OUTCOMES: Readonly<Record<TracedPath["outcome"], { readonly word: string; readonly advice: string }>> = {
  reached: { word: "REACHED", advice: "Nothing on the way is in the way." },
  broken: {
    word: "BROKEN",
    advice:
      "`cluster-flor status` and `link-flor status` on the vertex that is named say more of its links and labels.",
  },
  refused: {
    word: "REFUSED",
    advice: "The service's `allow` and the certificate of the tunnel's principal decide: `flor explain` has the code.",
  },
  targetDown: {
    word: "TARGET DOWN",
    advice: "Start the program behind the service, or correct its `target` in the mesh file.",
  },
};

function linesOf(traced: Traced | undefined): readonly string[] {
  if (traced === undefined) return [];
  if (traced === "busy")
    return ["NOT ASKED: another trace is under way, or there were too many just now. Ask again in some seconds."];
  if (traced === "no-target") return ["NOT ASKED: the mesh file has no such tunnel or path. Choose one of the list."];
  const { target, answer } = traced;
  if ("silence" in answer) return [`NO ANSWER of ${target.node}: ${answer.silence}`, target.text];
  const { outcome, text, path } = answer.report;
  const { word, advice } = OUTCOMES[outcome];
  return [`${word}: ${text}`, advice, `${target.text}, over path ${path}`];
}

function rowsOf({ vertex, firstLink, hops }: TracedPath): readonly (readonly string[])[] {
  const start = ["0", "", vertex, "asks", "", "", "", linkText(firstLink ?? undefined)];
  return [start, ...hops.map((hop, at) => hopRow(hop, at + 1))];
}

function hopRow(hop: TracedHop, number: number): readonly string[] {
  const { label, told, proof, proofText, sent, received, rttMs } = hop;
  const round = (ms: number): string => ms.toFixed(1);
  return [
    String(number),
    String(label),
    told?.vertex ?? "?",
    resultOf(hop),
    proofText === "" ? proof : `${proof}: ${proofText}`,
    `${sent - received} of ${sent}`,
    rttMs === null ? "" : `${round(rttMs.min)} / ${round(rttMs.mean)} / ${round(rttMs.max)} ms`,
    told === null || told.service === "" ? linkText(told?.outLink) : `service ${told.service}`,
  ];
}

function resultOf({ told, stopped }: TracedHop): string {
  if (told !== null) return "answers";
  return stopped === null ? "SILENT" : `STOPPED at ${stopped.vertex}`;
}

function linkText(link: { readonly peer: string; readonly isUp: boolean } | undefined): string {
  return link === undefined ? "" : `${link.peer}, ${link.isUp ? "up" : "DOWN"}`;
}
