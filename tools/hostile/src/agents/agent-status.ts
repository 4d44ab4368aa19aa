/** The parts of an agent's status that attacks look at. */
export interface AgentStatus {
  readonly routes: {
    readonly leases: readonly {
      readonly service: string;
      readonly host: string;
      readonly coordinator: string;
      readonly standing: string;
      readonly routes: readonly { readonly via: readonly string[]; readonly inUse: readonly string[] }[];
    }[];
    readonly outcomes: Readonly<Record<string, number>>;
    readonly permits: { readonly held: number; readonly waiting: number };
  };
  readonly coordinator: {
    readonly wanted: number;
    readonly live: number;
    readonly links: number;
    readonly reported: Readonly<Record<string, number>>;
    readonly tooManyLetters: number;
    readonly faults: Readonly<Record<string, number>>;
  } | null;
  readonly mail: { readonly refused: Readonly<Record<string, number>>; readonly read: number };
  readonly links: {
    readonly candidates: number;
    readonly knocks: number;
    readonly knocksDropped: Readonly<Record<string, number>>;
  };
}
