import { Box, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import type { MenuController } from '../controller.ts';
import type { Suspend } from '../job-control.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { firstLine, pageOf } from '../pages/page.ts';
import { readKeys } from '../read-keys.ts';
import type { MenuState } from '../state.ts';
import { BackupList } from './backup-list.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { JobPanel } from './job-panel.tsx';
import { Lines } from './lines.tsx';
import { MenuList } from './menu-list.tsx';

interface AppProps {
  menu: MenuController;
  /** Is given what takes the screen down and draws it again. */
  onSuspend?: (suspend: Suspend) => void;
}

/** The whole screen, and the one place where keys come in. */
export function App({ menu, onSuspend }: AppProps) {
  const state = useSyncExternalStore(menu.subscribe, menu.state);
  const { columns, rows } = useWindowSize();
  useEffect(() => menu.resize(columns, rows), [menu, columns, rows]);
  const { suspendTerminal } = useApp();
  useEffect(() => onSuspend?.(suspendTerminal), [onSuspend, suspendTerminal]);
  useInput((input, key) => menu.press(readKeys(input, key)));
  usePaste(menu.paste);
  const layout = layoutOf(state);
  return (
    // What a terminal smaller than the smallest layout has no room for is cut: it must not scroll.
    <Box
      flexDirection="column"
      width={Math.min(layout.columns, state.columns)}
      height={Math.min(layout.rows, state.rows)}
      overflow="hidden"
    >
      <Header state={state} columns={layout.columns} />
      {layout.job > 0 && state.job !== null && (
        <JobPanel job={state.job} now={state.now} columns={layout.columns} rows={layout.job} />
      )}
      <Main state={state} layout={layout} />
      <Lines lines={layout.below} columns={layout.columns} rows={layout.below.length} />
      <Footer state={state} columns={layout.columns} />
    </Box>
  );
}

function Main({ state, layout }: { state: MenuState; layout: Layout }) {
  const { columns, main } = layout;
  if (state.place === 'menu') return <MenuList state={state} columns={columns} rows={main} />;
  if (state.place === 'backups') return <BackupList state={state} layout={layout} />;
  const lines = pageOf(state);
  const shown = lines.slice(firstLine(state.scroll, lines.length, main));
  return <Lines lines={shown} columns={columns} rows={main} />;
}
