// One chart, by uPlot, which is loaded when the first is drawn: lines or stacked counts over time, in the page's own colours. Its numbers
// stand beside it as text: it is a picture.
import { useEffect, useRef } from 'preact/hooks'
import type UPlot from 'uplot'

let loading: Promise<typeof UPlot> | undefined
const load = () => (loading ??= import('uplot').then(module => module.default))

/** What is known since a moment ago is not drawn as if it were a long time. */
const SHORTEST_S = 60

export interface Line {
  readonly label: string
  /** A name of the page's colours: --bad. */
  readonly color: string
}

/** `data`: times in seconds first, then one list a line. */
export function Chart({
  says,
  lines,
  data,
  wall = true,
}: {
  says: string
  lines: readonly Line[]
  data: UPlot.AlignedData
  wall?: boolean
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(undefined)
  const latest = useRef(data)
  latest.current = data
  useEffect(() => {
    let isGone = false
    let Plot: typeof UPlot | undefined
    const element = place.current!
    // As it is just now, dark or light: a canvas knows no light-dark().
    const color = (name: string) => {
      element.style.color = `var(${name})`
      return getComputedStyle(element).color
    }
    const draw = () => {
      if (isGone || Plot === undefined) return
      plot.current?.destroy()
      const axis = { stroke: color('--text'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line') } }
      plot.current = new Plot(
        {
          width: element.clientWidth,
          height: 150,
          legend: { show: false },
          cursor: { show: false },
          scales: {
            x: { time: wall, range: (_, min, max) => [wall ? Math.min(min, max - SHORTEST_S) : min, max] },
            y: { range: (_, __, max) => [0, Math.max(1, max)] },
          },
          axes: [axis, { ...axis, size: 40 }],
          series: [
            {},
            ...lines.map(line => ({ label: line.label, stroke: color(line.color), width: 2, points: { show: false } })),
          ],
        },
        latest.current,
        element,
      )
    }
    void load().then(loaded => {
      Plot = loaded
      draw()
    })
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: 150 }))
    sized.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    return () => {
      isGone = true
      sized.disconnect()
      dark.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [])
  useEffect(() => plot.current?.setData(data), [data])
  return (
    <figure>
      <div ref={place} class="chart" role="img" aria-label={says} />
      <figcaption>
        {lines.map(line => (
          <span key={line.label} class={`key ${line.color.slice(2)}`}>
            {line.label}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}
