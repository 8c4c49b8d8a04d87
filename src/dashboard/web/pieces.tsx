// Small pieces that every view uses: a state with its colour and word, an age that counts by itself, many rows without a long task.
import { Component, type ComponentChildren, type VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
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

/** Drawn anew only when a property is another. */
export function memo<P extends object>(draw: (props: P) => VNode): (props: P & { key?: string }) => VNode {
  class Kept extends Component<P> {
    override shouldComponentUpdate(next: P) {
      const keys = Object.keys(next) as (keyof P)[]
      return keys.some(key => next[key] !== this.props[key])
    }
    override render(props: P) {
      return draw(props)
    }
  }
  return Kept as unknown as (props: P & { key?: string }) => VNode
}

const FIRST = 15
const MORE = 20

/** How many of `count` are drawn: more in each frame that has time, so that no frame takes long. */
export function useGrowing(count: number): number {
  const [most, setMost] = useState(FIRST)
  useEffect(() => {
    if (most >= count) return
    let frame = requestAnimationFrame(() => {
      frame = 0
      timer = setTimeout(() => setMost(n => n + MORE), 0)
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    }
  }, [most, count])
  return Math.min(most, count)
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
