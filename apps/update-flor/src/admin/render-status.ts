import { foreignText } from "@florenetes/operator-text";
import type { UpdateStatus } from "../journal/update-status.ts";
import { TEXT_MAX } from "../limits.ts";

const WORDS = {
  whole: "is installed",
  back: "was taken back",
  refused: "was not taken",
  lost: "is LOST: the former packages could not be put back",
} as const;

/** The status as lines for people. @param version what update-flor says of itself */
export function renderUpdateStatus(
  { installed, floor, failed, kept, underWay, last, former, order }: UpdateStatus,
  version: string,
): string {
  const lines = [
    `update-flor ${version}`,
    `installed  ${installed === null ? "not by a release" : `${installed.version} since ${timeOf(installed.since)}`}`,
    `goes back  ${floor === null ? "nowhere" : `to ${floor.lowest} at most, until ${timeOf(floor.until)}`}`,
    `kept       ${kept.length === 0 ? "no packages" : kept.join(" ")}`,
    ...(former === undefined ? [] : [`former     ${former.version}, to which people may order it back`]),
    ...(failed.length === 0 ? [] : [`not again  ${failed.join(" ")}`]),
    ...(underWay === null ? [] : [`under way  ${underWay.version}, ${underWay.phase}`]),
    ...(last === null
      ? []
      : [
          `last       ${last.version === "" ? "a release" : `${last.version} of ${last.channel}`} ${WORDS[last.outcome]}, ${timeOf(last.at)}`,
        ]),
    ...(order === undefined ? [] : [`order      ${order.outcome}, ${timeOf(order.at)}: ${order.code ?? order.record}`]),
    ...(last?.message === undefined ? [] : [`           ${last.message} [${last.code ?? ""}]`]),
  ];
  return `${lines.map((line) => foreignText(line, 2 * TEXT_MAX)).join("\n")}\n`;
}

function timeOf(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString();
}
