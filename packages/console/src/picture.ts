/** A picture that a console shows, whatever it is made of. All texts may be anybody's: they become text of the page, and no markup. */

export interface ConsolePicture {
  readonly isWhole: boolean;
  /** The first line says whether all is well; each further one is a finding. */
  readonly verdict: readonly string[];
  readonly map: MapPicture;
  /** Pictures of one source have the same number of tables; one without rows is not shown. */
  readonly tables: readonly PictureTable[];
  /** Whether nothing is wrong with a thing of that state: a word of a column `STATE`, or of the map. */
  readonly isGoodState: (state: string) => boolean;
}

export interface MapPicture {
  readonly nodes: readonly MapNode[];
  readonly links: readonly MapLink[];
}

export interface MapNode {
  readonly name: string;
  readonly state: string;
  /** Nodes of one group stand as one shape where the map would have too many; undefined: they have none. */
  readonly group?: string | undefined;
  /** Nodes that it stands for; undefined: itself alone. */
  readonly members?: number | undefined;
}

export interface MapLink {
  readonly name: string;
  readonly between: readonly [string, string];
  readonly state: string;
}

export interface PictureTable {
  readonly title: string;
  readonly header: readonly string[];
  /** A sentence above the table: something that it does not say, and why. */
  readonly note?: string;
  /** The first cell of a row, and that of a column `STATE`, are texts. */
  readonly rows: readonly (readonly (string | Trend)[])[];
}

/** A table of texts alone. */
export interface TextTable extends PictureTable {
  readonly rows: readonly (readonly string[])[];
}

/** A figure with its last values, which are drawn beside it. */
export interface Trend {
  /** The figure as it is now. */
  readonly text: string;
  /** Values of equal steps of time, the newest last, from 0 on; null: not known. */
  readonly values: readonly (number | null)[];
  /** Says in words what is drawn, for readers who do not see it. */
  readonly label: string;
}

/** A part of a whole, which is drawn beside its text. */
export interface Bar {
  /** Says the same: it is all that readers have who do not see what is drawn. */
  readonly text: string;
  readonly used: number;
  readonly most: number;
}
