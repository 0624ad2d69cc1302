/** What is wrong in a pattern. `at` counts the characters before it. */
export class Mistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}
