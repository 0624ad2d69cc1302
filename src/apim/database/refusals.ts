/** Whom a server refuses: the user who asks, whatever he asks for; or only the database, which is not there or not his. */
type Refusal = 'user' | 'database';

/** The codes by which MySQL and PostgreSQL refuse to let somebody into a database. */
const refusals: Readonly<Record<string, Refusal>> = {
  ER_ACCESS_DENIED_ERROR: 'user',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'user',
  ER_HOST_NOT_PRIVILEGED: 'user',
  // invalid_password, invalid_authorization_specification
  '28P01': 'user',
  '28000': 'user',
  ER_DBACCESS_DENIED_ERROR: 'database',
  ER_BAD_DB_ERROR: 'database',
  // invalid_catalog_name, insufficient_privilege
  '3D000': 'database',
  '42501': 'database',
};

/** What a code of a server refuses; undefined if it means something else. */
export function refusalOf(code: string): Refusal | undefined {
  return Object.hasOwn(refusals, code) ? refusals[code] : undefined;
}
