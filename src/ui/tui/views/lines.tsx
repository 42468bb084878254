import { Box, Text, type TextProps } from 'ink';
import { fitLine, type Line, type Tone } from '../line.ts';

const looks: Record<Tone, TextProps> = {
  plain: {},
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  strong: { bold: true },
  faint: { dimColor: true },
};

/** Lines of text, each cut to the width; never more than `rows` of them. */
export function Lines({ lines, columns, rows }: { lines: readonly Line[]; columns: number; rows: number }) {
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0} overflow="hidden">
      {lines.slice(0, rows).map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone
        <OneLine key={at} line={line} columns={columns} />
      ))}
    </Box>
  );
}

export function OneLine({
  line,
  columns,
  inverse = false,
}: {
  line: Line;
  columns: number;
  inverse?: boolean;
}) {
  const spans = fitLine(line, columns);
  return (
    <Text wrap="truncate-end" inverse={inverse}>
      {spans.length === 0
        ? ' '
        : spans.map(({ text, tone }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a span is known by its place alone
            <Text key={at} {...looks[tone]}>
              {text}
            </Text>
          ))}
    </Text>
  );
}
