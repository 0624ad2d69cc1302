/** What stands where, for a picture of it: plain data without secrets, in which no product is known. */
export interface Layout {
  readonly groups: readonly LayoutGroup[];
}

/** What does the same: nodes of a role, balancers, databases. */
export interface LayoutGroup {
  /** By which the others name it. */
  readonly id: string;
  readonly title: string;
  /** Who steers, what is reached first, what works, and what keeps. */
  readonly kind: 'controller' | 'front' | 'nodes' | 'store';
  readonly note?: string;
  readonly members: readonly LayoutMember[];
  /** The groups that it sends to, or keeps things in. */
  readonly uses: readonly string[];
}

/** A host, or something that is none. */
export interface LayoutMember {
  readonly name: string;
  readonly note?: string;
  /** The host that it is, by its name in events. */
  readonly host?: string;
  /** What is no host is as these steps left it, wherever they were done. */
  readonly steps?: readonly string[];
}
