// The system map's picture, where there is room for one: drawing.ts says where everything stands, here it is drawn, and told in words to who
// can't see it. Drawn anew only when it shows something else.
import { drawingOf, type Edge, inWords, type Node } from './drawing.ts'
import { Block, memo } from './pieces.tsx'
import type { State } from './store.ts'

const WIDE = 290
const GAP = 120
/** Beside the last column, for what needs another in it. */
const SIDE = 50
const HIGH = 26
const STEP = 34
const INNER = 18
const LETTERS = 24

const left = (node: Node) => node.column * (WIDE + GAP) + (node.inner ? INNER : 0)
const top = (node: Node) => node.row * STEP + 4
const middle = (node: Node) => top(node) + HIGH / 2
const cut = (says: string, most: number) => (says.length > most ? `${says.slice(0, most - 1)}…` : says)

export function Picture({ state }: { state: State }) {
  const drawing = drawingOf(state.parts.values())
  return drawing === null ? null : <Drawn key="drawn" says={JSON.stringify(drawing.nodes)} state={state} />
}

const Drawn = memo(
  ({ state }: { says: string; state: State }) => {
    const drawing = drawingOf(state.parts.values())!
    const words = inWords(drawing)
    return (
      <div class="picture">
        <Block title="Who needs whom" id="picture">
          <svg
            viewBox={`-2 0 ${4 + 3 * WIDE + 2 * GAP + SIDE} ${drawing.rows * STEP + 8}`}
            role="img"
            aria-label={`Who needs whom, in ${drawing.nodes.length} boxes: told in words below`}
          >
            {drawing.edges.map(edge => (
              <path key={`${edge.from.id} ${edge.to.id}`} class={edge.tone} d={lineOf(edge)} />
            ))}
            {drawing.nodes.map(node => (
              <Box key={node.id} node={node} />
            ))}
          </svg>
          <details>
            <summary>In words</summary>
            <ul>
              {words.map(says => (
                <li key={says}>{says}</li>
              ))}
            </ul>
          </details>
        </Block>
      </div>
    )
  },
  ['says'],
)

const Box = ({ node }: { node: Node }) => (
  <g class={node.tone} transform={`translate(${left(node)} ${top(node)})`}>
    <title>{`${node.name}: ${node.state}`}</title>
    <rect width={WIDE - (node.inner ? INNER : 0)} height={HIGH} rx="6" />
    <text x="10" y="18">
      {cut(node.name, LETTERS)}
    </text>
    <text class="is" x={WIDE - (node.inner ? INNER : 0) - 10} y="18" text-anchor="end">
      {cut(node.state, 12)}
    </text>
  </g>
)

/** From the side that looks at what is needed; within a column, around it. */
function lineOf({ from, to }: Edge): string {
  const [y1, y2] = [middle(from), middle(to)]
  if (from.column === to.column) {
    const x = from.column * (WIDE + GAP) + WIDE
    return `M${x} ${y1}C${x + SIDE} ${y1} ${x + SIDE} ${y2} ${x} ${y2}`
  }
  const isRight = to.column > from.column
  const x1 = isRight ? from.column * (WIDE + GAP) + WIDE : left(from)
  const x2 = isRight ? left(to) : to.column * (WIDE + GAP) + WIDE
  const half = (x1 + x2) / 2
  return `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}`
}
