import type { Finding } from "@florenetes/operator-text";
import { formatDuration } from "../admin/text-table.ts";
import type { ConfigFileState } from "./config-file-look.ts";
import type { ConfigSource } from "./confirmation.ts";

/** The config that runs. */
export interface ConfigStatus {
  /** The config file. */
  readonly file: string;
  /** `posted`: over the control socket. A reload, and a restart, return to the file. */
  readonly source: ConfigSource;
  /** How the file compares with what runs, now. */
  readonly fileState: ConfigFileState;
  /** Milliseconds until the config before is taken again, unless this one is confirmed; null: it stays. */
  readonly confirmMs: number | null;
}

const FINDINGS: Readonly<Record<ConfigFileState, (file: string) => readonly Finding[]>> = {
  same: () => [],
  differs: (file) => {
    const text = `the config in ${file} is not the one that runs`;
    return [{ weight: "warning", text, advice: "`reload` takes it." }];
  },
  refused: (file) => {
    const advice = "`check` says why; the one that runs stays until a restart.";
    return [{ weight: "fault", text: `the config in ${file} is not in order`, advice }];
  },
  unreadable: (file) => {
    const advice = "Let this process's user read it, and `reload`.";
    return [{ weight: "fault", text: `the config file ${file} cannot be read`, advice }];
  },
};

/** Finds what is wrong with the config file, which the next restart takes, and a config that has to be confirmed. */
export function configFindings({ file, fileState, confirmMs }: ConfigStatus): readonly Finding[] {
  if (confirmMs === null) return FINDINGS[fileState](file);
  const text = `the config that runs makes room for the one before in ${formatDuration(confirmMs)}`;
  const unconfirmed: Finding = { weight: "warning", text, advice: "`confirm` keeps it, `back` does not wait." };
  // The operator who confirms a config writes the file.
  return fileState === "differs" ? [unconfirmed] : [...FINDINGS[fileState](file), unconfirmed];
}

/** Tells people of a config that is not the file's. */
export function configLines({ source, fileState }: ConfigStatus): string[] {
  return source === "posted" && fileState !== "same" ? ["the config that runs was POSTED to the control socket"] : [];
}
