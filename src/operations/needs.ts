import { OperationError } from '../core/errors.ts';
import { quoteIdentifier } from '../core/identifiers.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Connection } from '../core/ports/target.ts';

export interface Needs {
  /** Extensions with a version that the server can make; others come at the server's default. */
  extensions: { name: string; version: string }[];
  /** Whether owners and grants are left out. */
  withoutOwners: boolean;
  /** Whether policies are left out: only where nothing is kept of what is loaded. */
  withoutPolicies: boolean;
  warnings: string[];
}

/**
 * Finds what a backup needs and the server lacks, before any SQL runs (SPEC 6): roles, extensions,
 * tablespaces. Missing roles may be made (without login) or owners left out; nothing else has a way round.
 */
export async function requireNeeds(
  connection: Connection,
  manifest: Pick<Manifest, 'roles' | 'extensions' | 'tablespaces'>,
  choice: { createRoles: boolean; withoutOwners: boolean },
  dryRun = false,
): Promise<Needs> {
  const { server } = connection;
  const versions = new Map(server.extensions.map((extension) => [extension.name, extension.versions]));
  const lacking = (kind: string, names: string[]): string[] =>
    names.map((name) => `${kind} ${quoteIdentifier(name)}`);
  const missing = [
    ...lacking(
      'extension',
      manifest.extensions.map(({ name }) => name).filter((name) => !versions.has(name)),
    ),
    ...lacking(
      'tablespace',
      manifest.tablespaces.filter((name) => !server.tablespaces.includes(name)),
    ),
  ];
  if (missing.length > 0) {
    throw new OperationError(
      'restore-failed',
      `The server lacks what this backup needs: ${missing.join(', ')}.`,
      {
        hint: 'Add it to the server (for an extension, to its image), then restore again. Nothing was changed.',
      },
    );
  }
  const roles = manifest.roles.filter((role) => !server.roles.includes(role));
  if (roles.length > 0 && choice.createRoles && !dryRun) await connection.createRoles(roles);
  if (roles.length > 0 && !choice.createRoles && !choice.withoutOwners) {
    throw new OperationError(
      'restore-failed',
      `The server lacks roles that this backup needs: ${roles.map(quoteIdentifier).join(', ')}.`,
      {
        hint: 'Add --create-roles to make them (without login), or --no-owner to leave owners and grants out.',
      },
    );
  }
  const offered = manifest.extensions.filter(({ name, version }) => versions.get(name)?.includes(version));
  const others = manifest.extensions.filter((extension) => !offered.includes(extension));
  const wouldMake = dryRun && choice.createRoles ? roles : [];
  return {
    extensions: offered,
    // A dry run makes no roles; what names them is not loaded.
    withoutOwners: choice.withoutOwners || wouldMake.length > 0,
    withoutPolicies: wouldMake.length > 0,
    warnings: [
      ...wouldMake.map((role) => `The role ${quoteIdentifier(role)} would be made.`),
      ...others.map(
        ({ name, version }) =>
          `The server has no version ${version} of the extension ${name}: its default version is used.`,
      ),
    ],
  };
}
