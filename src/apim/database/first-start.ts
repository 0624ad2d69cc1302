/**
 * Asks a shared database whether it has a user and a root of the registry. The first server that starts writes both, and
 * the rows that come with them; two that do so at the same time fail one another:
 * https://github.com/wso2/product-apim/issues/4023, https://github.com/wso2/product-apim/issues/7914
 */
export const firstStartQuestion =
  'SELECT EXISTS (SELECT 1 FROM UM_USER) AS users, EXISTS (SELECT 1 FROM REG_PATH) AS paths';

/** Whether a server has started with it before, by the answer. */
export function wasStartedWith([row]: readonly Readonly<Record<string, unknown>>[]): boolean {
  return [row?.users, row?.paths].every((value) => value === true || Number(value) === 1);
}
