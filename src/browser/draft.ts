/// <reference lib="dom" preserve="true" />
// A form that loses nothing: what is typed is kept in this browser until the write was taken, and is there again after a refusal, a
// reload, or another day. Passwords, cards, files and [data-private] fields are never kept.

export interface Draft {
  /** When what stands in the form now was typed; undefined: it began empty. */
  readonly restored: number | undefined
  /** The write was taken, or the visitor wants a clean form. */
  clear(): void
  /** Stops keeping; what is kept stays. */
  end(): void
}

const KEEP_MS = 7 * 86_400_000
const NEVER = /^(password|file|hidden|submit|button|reset|image)$/
const PRIVATE = /(^| )(cc-|one-time-code|current-password|new-password)/

/** Call it before anything else fills the form in. */
export function keepDraft(form: HTMLFormElement, name: string, storage: Storage | undefined = storageOf()): Draft {
  const key = `selfheal-draft:${name}`
  const fields = () =>
    [...form.elements].filter(
      (one): one is HTMLInputElement =>
        'value' in one &&
        (one as HTMLInputElement).name !== '' &&
        !NEVER.test((one as HTMLInputElement).type) &&
        !PRIVATE.test((one as HTMLInputElement).autocomplete ?? '') &&
        !one.hasAttribute('data-private'),
    )
  const isChoice = (one: HTMLInputElement) => one.type === 'radio' || one.type === 'checkbox'
  const save = () => {
    const values = fields().map(one => [one.name, isChoice(one) ? one.value : '', isChoice(one) ? one.checked : one.value])
    try {
      storage?.setItem(key, JSON.stringify({ at: Date.now(), values }))
    } catch {}
  }
  const restore = (): number | undefined => {
    try {
      const { at, values } = JSON.parse(storage?.getItem(key) ?? '')
      if (!(Date.now() - at < KEEP_MS)) return undefined
      for (const [name, choice, value] of values)
        for (const one of fields())
          if (one.name !== name || (isChoice(one) && one.value !== choice)) continue
          else if (isChoice(one)) one.checked = value
          else one.value = value
      return at
    } catch {
      return undefined
    }
  }
  const restored = restore()
  form.addEventListener('input', save)
  form.addEventListener('change', save)
  const end = () => {
    form.removeEventListener('input', save)
    form.removeEventListener('change', save)
  }
  return { restored, clear: () => storage?.removeItem(key), end }
}

function storageOf(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}
