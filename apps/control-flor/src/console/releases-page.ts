/** Releases of channels as a page of the console. */
import { type Bar, type PageLink, tablePageOf } from "@florenetes/console";
import { isName } from "@florenetes/operator-text";
import type { Page } from "../api/pages.ts";
import type { ReleaseResource } from "../fabric/resources.ts";
import { linkTo } from "./page-links.ts";

export interface ReleasesPageOptions {
  readonly cluster: string;
  readonly page: Page<ReleaseResource>;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const HEADER = ["CHANNEL", "VERSION", "NODES", "STATE", "OF THEM", "TO STOP IT"];
const STAGE_MAX = 10_000;
const PERCENT = STAGE_MAX / 100;

export function releasesPage({ cluster, page: { items, next }, newer, kept, told }: ReleasesPageOptions): string {
  const at = (text: string, after: string): PageLink => linkTo(text, "releases", kept, after === "" ? {} : { after });
  return tablePageOf({
    cluster,
    title: "releases",
    lines: [
      `${items.length === 0 ? "No release is in force: no node takes packages by itself" : "Releases in force"}, ${told}. Nodes are counted where the agent coordinates a partition.`,
      "The next stage, and a stop, are proposals, for people to sign: flor release stage and flor release stop.",
    ],
    header: HEADER,
    rows: items.flatMap((release) => [inForceRow(release), ...versionRows(release), ...troubledRows(release)]),
    links: [
      { text: "console", href: "./" },
      ...(newer === undefined ? [] : [at("before", newer)]),
      ...(next === null ? [] : [at("after", next)]),
    ],
  });
}

function inForceRow({ channel, version, stage, progress, record }: ReleaseResource): readonly (string | Bar)[] {
  const words = stage === 0 ? "stopped" : `in force at ${stage / PERCENT} %`;
  const nodes: string | Bar =
    progress === null
      ? ""
      : { text: `${progress.whole} of ${progress.inStage}`, used: progress.whole, most: progress.inStage };
  const back = progress === null || progress.back === 0 ? "" : `, ${progress.back} went back`;
  const stop = stage === 0 || !isName(channel) ? "" : `flor release stop REPO --channel ${channel}`;
  return [channel, version, nodes, words, `epoch ${record.epoch}${back}`, stop];
}

/** A row for each version that nodes have. */
function versionRows({ channel, versions }: ReleaseResource): readonly (readonly string[])[] {
  return versions.map(({ version, nodes, states }) => {
    const told = Object.entries(states).filter(([, count]) => count > 0);
    return [
      channel,
      version,
      String(nodes),
      "installed",
      told.map(([state, count]) => `${count} ${state}`).join(", "),
      "",
    ];
  });
}

function troubledRows({ channel, troubled }: ReleaseResource): readonly (readonly string[])[] {
  return troubled.map(({ node, version, state, code }) => [channel, version, node, state, code ?? "", ""]);
}
