/** Asks a person at the terminal. Rejects with `Interrupted` if they end it instead. */
export type Asking = (question: string, options: { readonly hidden: boolean }) => Promise<string>;
