/** An answer of an admin route that is a text of another type than `text/plain`. */
export class AdminText {
  readonly text: string;
  readonly contentType: string;

  constructor(text: string, contentType: string) {
    this.text = text;
    this.contentType = contentType;
  }
}
