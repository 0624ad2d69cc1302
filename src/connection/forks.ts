/** So many connections are opened at a time where nothing is said. By itself, for the command line loads nothing else to tell it. */
export const defaultForks = 25;
