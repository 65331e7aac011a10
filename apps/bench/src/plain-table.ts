/** Tables that can be read, piped and pasted: no colours, no box, a line below the head. */
import Table from 'cli-table3'

const CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** The head may have several lines. The first column is text, the others are numbers. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    chars: CHARS,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  })
  table.push(...rows.map((row) => [...row]))
  const lines = table.toString().split('\n')
  const headLines = Math.max(...head.map((text) => text.split('\n').length))
  const width = Math.max(...lines.map((line) => line.length))
  lines.splice(headLines, 0, '─'.repeat(width))
  return lines.map((line) => line.trimEnd()).join('\n')
}
