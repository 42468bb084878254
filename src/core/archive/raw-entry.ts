import type { ByteSource } from './byte-source.ts';
import { damaged } from './damage.ts';
import type { ArchiveHeader } from './header.ts';
import { takeInt, takeText } from './values.ts';

/** The fields of an entry as they stand in the table of contents; texts are bytes, and null where there is none. */
export interface RawEntry {
  readonly dumpId: number;
  readonly hasData: boolean;
  readonly tag: Buffer;
  readonly desc: string;
  readonly section: number;
  readonly defn: Buffer;
  readonly dropStmt: Buffer;
  readonly copyStmt: Buffer;
  readonly namespace: Buffer | null;
  readonly tablespace: Buffer | null;
  readonly tableam: Buffer | null;
  readonly relkind: number;
  readonly owner: Buffer | null;
}

const EMPTY = Buffer.alloc(0);

/** Reads the fields of the next entry, up to those that each format adds. */
export async function takeRaw(source: ByteSource, { version }: ArchiveHeader): Promise<RawEntry> {
  const dumpId = await takeInt(source);
  const hasData = await takeInt(source);
  if (dumpId <= 0 || hasData < 0 || hasData > 1)
    damaged('its table of contents holds an entry without a number');
  await takeText(source); // the catalog's oid and the object's: another database has others
  await takeText(source);
  const tag = (await takeText(source)) ?? EMPTY;
  const desc = (await takeText(source)) ?? EMPTY;
  const section = await takeInt(source);
  const defn = (await takeText(source)) ?? EMPTY;
  const dropStmt = (await takeText(source)) ?? EMPTY;
  const copyStmt = (await takeText(source)) ?? EMPTY;
  const namespace = await takeText(source);
  const tablespace = await takeText(source);
  const tableam = await takeText(source);
  const relkind = version >= 16 ? await takeInt(source) : 0;
  const owner = await takeText(source);
  if ((await takeText(source))?.toString('latin1') !== 'false')
    damaged('its table of contents names a table with oids');
  for (let text = await takeText(source); text !== null; text = await takeText(source))
    if (!/^\d+$/.test(text.toString('latin1')))
      damaged('its table of contents holds a dependency without a number');
  return {
    ...{
      dumpId,
      hasData: hasData === 1,
      tag,
      desc: desc.toString('latin1'),
      section,
      defn,
      dropStmt,
      copyStmt,
    },
    ...{ namespace, tablespace, tableam, relkind, owner },
  };
}
