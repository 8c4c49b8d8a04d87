// A strict reader of Prometheus' text format 0.0.4, as its own parser and `promtool check metrics` see it: throws at the first fault, with its line.
export interface Family {
  readonly name: string
  readonly type: string
  readonly series: ReadonlyMap<string, number>
}

const NAME = /^[a-z_:][a-z0-9_:]*$/i
const LABEL = /^[a-z_][a-z0-9_]*="((?:[^"\\\n]|\\["\\n])*)"$/i
const PAIR = /[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/gi
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i

export function families(text: string): ReadonlyMap<string, Family> {
  const found = new Map<string, { name: string; type: string; series: Map<string, number> }>()
  let now: { name: string; type: string; series: Map<string, number> } | undefined
  let helped = ''
  if (!text.endsWith('\n')) throw new Error('it does not end with a line feed')
  for (const line of text.slice(0, -1).split('\n')) {
    const bad = (says: string) => new Error(`${says}: ${JSON.stringify(line)}`)
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment
      if (!NAME.test(name)) throw bad('no name of a metric')
      if (what === 'HELP') {
        if (found.has(name) || helped === name) throw bad('HELP twice')
        if (/\\(?![\\n])/.test(rest)) throw bad('a backslash in HELP that is not escaped')
        helped = name
      } else {
        if (found.has(name)) throw bad('TYPE twice, or the family is in two places')
        if (helped !== name) throw bad('TYPE without its HELP before it')
        if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw bad('no type')
        if ((rest === 'counter') !== name.endsWith('_total')) throw bad('a counter ends in _total, and nothing else does')
        if (/_(milliseconds|minutes|kilobytes|percent)$/.test(name)) throw bad('no base unit')
        now = { name, type: rest, series: new Map() }
        found.set(name, now)
      }
      continue
    }
    const sample = /^([^{\s]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (sample === null) throw bad('no sample')
    const [, name = '', labels, value = ''] = sample
    if (now === undefined || name !== now.name) throw bad('a sample outside its family')
    if (!VALUE.test(value)) throw bad('no number')
    const pairs = labels === undefined ? [] : [...labels.matchAll(PAIR)].map(one => one[0])
    if (labels !== undefined && (pairs.length === 0 || pairs.join(',') !== labels || !pairs.every(one => LABEL.test(one))))
      throw bad('labels that can’t be read')
    const names = pairs.map(one => one.split('=')[0])
    if (new Set(names).size < names.length) throw bad('a label twice')
    const key = [...pairs].sort().join(',')
    if (now.series.has(key)) throw bad('a series twice')
    if (now.type === 'counter' && Number(value) < 0) throw bad('a counter below 0')
    now.series.set(key, Number(value))
  }
  for (const { name, series } of found.values()) if (series.size === 0) throw new Error(`${name} has no sample`)
  return found
}
