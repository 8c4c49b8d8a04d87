// The dialog by which a person acts: what, why, until when; and the button that says what it does. Nothing happens before it is pressed.
import { useEffect, useRef, useState } from 'preact/hooks'
import { act, beginDrill } from './connect.ts'
import { facts, list, nameOf, type Part, text } from './facts.ts'
import { current, now } from './store.ts'
import { type VerbWords, wordsOf } from './verbs.ts'

type Subject = { readonly is: 'part'; readonly part: Part } | { readonly is: 'drill'; readonly name: string }

let open: (subject: Subject) => void = () => {}
export const openAct = (part: Part) => open({ is: 'part', part })
export const openDrill = (name: string) => open({ is: 'drill', name })

const ENDS = [
  ['0', 'until it is let go'],
  ['900000', 'for 15 minutes'],
  ['3600000', 'for an hour'],
  ['28800000', 'for 8 hours'],
] as const

export function ActDialog() {
  const [subject, setSubject] = useState<Subject>()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    open = setSubject
  }, [])
  useEffect(() => {
    if (subject !== undefined && dialog.current?.open === false) dialog.current.showModal()
  }, [subject])
  const name = subject === undefined ? '' : subject.is === 'part' ? nameOf(subject.part.path) : subject.name
  return (
    <dialog ref={dialog} aria-labelledby="act-title" onClose={() => setSubject(undefined)}>
      <h2 id="act-title">{subject?.is === 'drill' ? `Begin the drill ${name}` : `Act on ${name}`}</h2>
      {subject !== undefined && <Form key={name} subject={subject} close={() => dialog.current?.close()} />}
    </dialog>
  )
}

function Form({ subject, close }: { subject: Subject; close: () => void }) {
  const verbs = subject.is === 'part' ? verbsOf(subject.part) : ['drill']
  const kind = subject.is === 'part' ? subject.part.kind : 'drill'
  const [verb, setVerb] = useState(verbs[0] ?? '')
  const [said, setSaid] = useState<{ readonly bad: boolean; readonly text: string }>()
  const [busy, setBusy] = useState(false)
  const words =
    subject.is === 'part'
      ? wordsOf(verb, kind)
      : { says: 'It breaks what runs here on purpose, under load', grave: true as const }
  const name = subject.is === 'part' ? nameOf(subject.part.path) : subject.name

  const choose = (next: string) => {
    setVerb(next)
    setSaid(undefined)
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    try {
      const why = String(form.get('why') ?? '') || 'asked on the dashboard'
      const value =
        subject.is === 'drill' ? await beginDrill(subject.name, why) : (await use(subject.part, verb, words, form, why))['value']
      setSaid({ bad: false, text: words.asks ? JSON.stringify(value, null, 1) : `Done: ${verb} ${name}` })
    } catch (error) {
      setSaid({ bad: true, text: String((error as Error).message) })
    }
    setBusy(false)
  }
  return (
    <form onSubmit={submit}>
      {subject.is === 'part' && (
        <label>
          What
          <select value={verb} onChange={event => choose(event.currentTarget.value)}>
            {verbs.map(one => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="quiet">{words.says}.</p>
      {words.choose !== undefined && (
        <label>
          Which {words.choose.name}
          <select name="choice">
            {choices(subject, words).map(one => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      {words.ends && (
        <label>
          How long
          <select name="ends">
            {ENDS.map(([value, says]) => (
              <option key={value} value={value}>
                {says}
              </option>
            ))}
          </select>
        </label>
      )}
      {subject.is === 'part' && words.says === verb && (
        <label>
          Its arguments, as JSON
          <input name="args" placeholder="{}" />
        </label>
      )}
      {!words.asks && (
        <label>
          Why (kept in the journal)
          <input name="why" required maxLength={500} autocomplete="off" />
        </label>
      )}
      {said !== undefined && (
        <pre class={said.bad ? 'said bad' : 'said'} role={said.bad ? 'alert' : 'status'} tabIndex={0}>
          {said.text}
        </pre>
      )}
      <div class="buttons">
        <button type="button" onClick={close}>
          {said?.bad === false ? 'Close' : 'Cancel'}
        </button>
        <button type="submit" class={words.grave ? 'grave' : 'go'} disabled={busy}>
          {subject.is === 'drill' ? `Begin ${name}` : `${verb} ${name}`}
        </button>
      </div>
    </form>
  )
}

function choices(subject: Subject, { choose }: VerbWords): readonly string[] {
  if (choose === undefined || subject.is !== 'part') return []
  if (choose.of !== 'providers') return choose.of
  return list(facts(subject.part.snapshot)['providers']).map(one => text(facts(one)['name']))
}

function use(part: Part, verb: string, words: VerbWords, form: FormData, why: string) {
  const forMs = Number(form.get('ends') ?? 0)
  const until = forMs > 0 ? { until: now() + forMs } : {}
  const given = String(form.get('args') ?? '').trim()
  const args = words.choose !== undefined ? { [words.choose.name]: form.get('choice') } : given === '' ? null : JSON.parse(given)
  const other = (kind: string) => [...current().parts.values()].find(one => one.kind === kind)
  // A feature's mode is set with the supervisor: that holds also while the app is down.
  const overrides = part.kind === 'feature' ? other('overrides') : undefined
  if (overrides !== undefined)
    return act({ path: overrides.path, verb: 'set', args: { feature: nameOf(part.path), mode: verb }, why, ...until })
  const system = part.kind === 'program' && !part.verbs.includes(verb) ? other('system') : undefined
  if (system !== undefined) return act({ path: system.path, verb, args: { programs: [programOf(part)] }, why })
  return act({ path: part.path, verb, args, why, ...until })
}

/** A program is stopped and started by the system: what is stopped has no life that could be asked. */
const verbsOf = ({ kind, verbs }: Part) => (kind === 'program' ? [...new Set([...verbs, 'stop', 'start'])] : verbs)
const programOf = (part: Part) => text(facts(part.snapshot)['program']) || nameOf(part.path)
