// Small pieces that every view uses: a state with its colour and word, an age that counts by itself.
import { Component, type ComponentChildren, type VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Tone } from './facts.ts'
import { now } from './store.ts'
import { age } from './words.ts'

/** Never by colour alone: the word stands there too. */
export const State = ({ tone, says }: { tone: Tone; says: string }) => (
  <span class={`state ${tone}`}>
    <i aria-hidden="true" />
    {says || 'known'}
  </span>
)

const counting = new Map<HTMLElement, number>()
setInterval(() => {
  for (const [element, at] of counting) {
    const says = age(now() - at)
    if (element.textContent !== says) element.textContent = says
  }
}, 1_000)

/** Counts without being drawn anew. */
export function Since({ at }: { at: number }) {
  const ref = useRef<HTMLTimeElement>(null)
  useEffect(() => {
    const element = ref.current!
    element.textContent = age(now() - at)
    counting.set(element, at)
    return () => void counting.delete(element)
  }, [at])
  return <time ref={ref} />
}

/** Drawn anew only when a property is another; `of`: one of these. */
export function memo<P extends object>(
  draw: (props: P) => VNode,
  of?: readonly (keyof P)[],
): (props: P & { key?: string }) => VNode {
  class Kept extends Component<P> {
    override shouldComponentUpdate(next: P) {
      const keys = of ?? (Object.keys(next) as (keyof P)[])
      return keys.some(key => next[key] !== this.props[key])
    }
    override render(props: P) {
      return draw(props)
    }
  }
  return Kept as unknown as (props: P & { key?: string }) => VNode
}

export const Block = ({ title, id, children }: { title: string; id: string; children: ComponentChildren }) => (
  <section aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
)

/** Scrolls by itself where the screen is narrow, by keyboard too. */
export const Wide = ({ says, children }: { says: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
  <section class="wide" aria-label={says} tabIndex={0}>
    {children}
  </section>
)
