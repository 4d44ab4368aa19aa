/** A cluster of the config that is not served at present. */
export interface DownCluster {
  readonly cluster: string;
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
  readonly sinceMs: number;
  readonly attempts: number;
  readonly retryInMs: number;
}
