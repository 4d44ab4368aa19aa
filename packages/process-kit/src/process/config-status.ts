import type { Finding } from "@florenetes/operator-errors";
import type { ConfigFileState } from "./config-file-look.ts";

/** The config that runs. */
export interface ConfigStatus {
  /** The config file. */
  readonly file: string;
  /** `posted`: over the control socket. A reload, and a restart, return to the file. */
  readonly source: "file" | "posted";
  /** How the file compares with what runs, now. */
  readonly fileState: ConfigFileState;
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

/** Finds what is wrong with the config file, which the next restart takes. */
export function configFindings({ file, fileState }: ConfigStatus): readonly Finding[] {
  return FINDINGS[fileState](file);
}

/** Tells people of a config that is not the file's. */
export function configLines({ source }: ConfigStatus): string[] {
  return source === "posted" ? ["the config that runs was POSTED to the control socket"] : [];
}
