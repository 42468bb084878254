/** What keeps an archive from being a whole one, in words that go after "the dump is incomplete: ". */
export class ArchiveDamage extends Error {
  override readonly name = 'ArchiveDamage';
}

/** @throws ArchiveDamage always */
export function damaged(because: string): never {
  throw new ArchiveDamage(because);
}
