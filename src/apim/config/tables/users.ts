import { element, type TomlTable } from '../toml.ts';

/** Not in the guide, but in every file that is shipped: without it, who signs up gets no role to log in with. */
export function signUp(): TomlTable[] {
  return [element('event_handler', { name: 'userPostSelfRegistration', subscriptions: ['POST_ADD_USER'] })];
}
