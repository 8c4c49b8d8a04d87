// What can only be seen by looking at all programs together: needs that name none, needs in a circle, a port used twice. Pure, and fit
// for values whose types are wrong: those faults are told elsewhere.
import type { Fault } from '../core/index.ts'
import { nearest } from './nearest.ts'

export function programFaults(programs: unknown): readonly Fault[] {
  if (typeof programs !== 'object' || programs === null) return []
  const needs = new Map(Object.entries(programs).map(([name, program]) => [name, list(program, 'needs').map(String)]))
  return [...unknownNeeds(needs), ...circles(needs), ...portsTwice(programs as Record<string, unknown>)]
}

function unknownNeeds(needs: ReadonlyMap<string, readonly string[]>): readonly Fault[] {
  return [...needs].flatMap(([name, all]) =>
    all.flatMap((need, i) => {
      if (needs.has(need)) return []
      const near = nearest(need, [...needs.keys()])
      const says = near === undefined ? `there are: ${[...needs.keys()].join(', ')}` : `did you mean ${near}?`
      return [{ at: `programs.${name}.needs[${i}]`, says: `names no program (${need}); ${says}` }]
    }),
  )
}

/** Each circle once, told from the program of it that stands first. */
function circles(needs: ReadonlyMap<string, readonly string[]>): readonly Fault[] {
  const faults: Fault[] = []
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]) => {
    const start = way.indexOf(name)
    if (start >= 0) {
      const circle = [...way.slice(start), name]
      faults.push({ at: `programs.${name}.needs`, says: `goes in a circle: ${circle.join(' needs ')}` })
    } else if (!done.has(name)) {
      for (const need of needs.get(name) ?? []) visit(need, [...way, name])
      done.add(name)
    }
  }
  for (const name of needs.keys()) visit(name, [])
  return faults
}

function portsTwice(programs: Readonly<Record<string, unknown>>): readonly Fault[] {
  const first = new Map<string, string>()
  return Object.entries(programs).flatMap(([name, program]) =>
    list(program, 'ports').flatMap((port, i) => {
      const at = `programs.${name}.ports[${i}]`
      const said = String(port).trim()
      const other = first.get(said)
      if (other === undefined) first.set(said, at)
      return other === undefined ? [] : [{ at, says: `is used twice: ${said} is ${other} too` }]
    }),
  )
}

function list(program: unknown, key: string): readonly unknown[] {
  const value = (program as Record<string, unknown> | null | undefined)?.[key]
  return Array.isArray(value) ? value : []
}
